// What an edge may say of what is watched there (`/telemetry.json`): figures as of a busy day, with every kind of count.

const WIDTH_S = 900;
const NEWEST = Date.parse("2026-11-21T10:15:00Z");
const HOURS = 14;

/** The newest window, and the one before it. */
export const RUNNING = "2026-11-21T10:15Z";
export const CLOSED = "2026-11-21T10:00Z";
/** The entry that most watch. */
export const TOWN_HALL = "1_townhall";

const ENTRIES = [TOWN_HALL, "1_abcd1234", "0_x7q2m9kp", "1_onboarding", "0_safety26", "1_c4nt33n0"];

export function bucketOf(at) {
  return `${new Date(at).toISOString().slice(0, 16)}Z`;
}

/** The answer without a question for an entry. `change` may be any of its fields. */
export function busy(change = {}) {
  const windows = Array.from({ length: (HOURS * 3_600) / WIDTH_S }, (_, n) => window(n)).filter(({ events }) => events > 0);
  return {
    enabled: true,
    local_view: "exact",
    site_id: "munich",
    threshold: 5,
    width_s: WIDTH_S,
    upstream: { to: "https://collector.example.com/v1/reports" },
    totals: { recorded: 48_211, dropped: 0, unrecognised: 312, beyond_max_cells: 0 },
    spool: { reports: 1, bytes: 2_480, dropped: 0, refused: 0 },
    windows,
    ...change,
  };
}

/** What it says when it is asked for one entry. */
export function ofEntry(answer, id) {
  const withCells = answer.local_view === "threshold" ? withReported : withSegments;
  const detailed = ({ entries, ...rest }) => ({ ...rest, entries: entries.filter((it) => it.entry_id === id).map(withCells) });
  return { ...answer, windows: answer.windows.map(detailed).filter(({ entries }) => entries.length > 0) };
}

/** As an edge says it whose operators see only what reports may hold. */
export function reportsOnly(answer) {
  const listed = (entries) => entries.map((entry) => ({ ...entry, count: entry.leaves })).filter(({ count }) => count > 0);
  const windows = answer.windows.map((it) => ({ ...it, entries: listed(it.entries) }));
  const counted = windows.map((it) => ({ ...it, events: it.entries.reduce((sum, { count }) => sum + count, 0) }));
  return { ...answer, local_view: "threshold", windows: counted.filter(({ events }) => events > 0) };
}

/** Nobody was there at night; the town hall is at nine. */
function window(n) {
  const at = NEWEST - n * WIDTH_S * 1_000;
  const hour = new Date(at).getUTCHours() + new Date(at).getUTCMinutes() / 60;
  const isNight = hour < 5 || hour > 20.5;
  const crowd = Math.exp(-((hour - 9.4) ** 2) / 0.35) * 5_200;
  const base = isNight ? 0 : 90 + ((n * 37) % 60);
  const entries = ENTRIES.map((id, place) => {
    const count = Math.round((place === 0 ? crowd : 0) + base / (place + 1));
    const leaves = count < 40 ? 0 : Math.round(count * (0.92 - place * 0.14));
    return { entry_id: id, count, leaves };
  }).filter(({ count }) => count > 0);
  const events = entries.reduce((sum, { count }) => sum + count, 0);
  return { bucket: bucketOf(at), state: n === 0 ? "running" : "closed", events, entries };
}

function withSegments(entry) {
  const numbers = Array.from({ length: 90 }, (_, n) => 1_180 + n);
  const segments = numbers.map((number, n) => {
    const count = Math.max(1, Math.round((entry.count / 60) * (Math.exp(-n / 40) + 0.15 * Math.abs(Math.sin(n)))));
    const leaves = n < 38 ? "segment" : n < 62 ? "range" : n < 80 ? "entry" : "no";
    return { segment_number: number, count, leaves };
  });
  return { ...entry, unnumbered: 3, segments };
}

/** Cells as they stand in reports. */
function withReported({ leaves, ...entry }) {
  const numbers = Array.from({ length: 12 }, (_, n) => ({ segment_number: 1_180 + n, count: 40 - 2 * n }));
  const ranges = [1_200, 1_210, 1_220].map((first, n) => ({ first_segment: first, last_segment: first + 9, count: 90 - 20 * n }));
  return { ...entry, leaves, segments: [...numbers, ...ranges, { count: 25 }] };
}

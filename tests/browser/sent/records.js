// What an edge may have kept of what left (`/telemetry/sent.json`).

const FIRST = Date.parse("2026-11-21T10:15:09Z");

/** The report of the window that ended `n` windows ago, byte for byte. */
export function reportOf(n) {
  const bucket = new Date(FIRST - (n + 1) * 900_000 - 9_000).toISOString().slice(0, 16);
  const segments = Array.from({ length: 14 - (n % 5) }, (_, at) => `{"entry_id":"1_townhall","segment_number":${1_180 + at},"count":${38 - at}}`);
  const cells = [
    '{"entry_id":"1_abcd1234","segment_number":7,"count":9}',
    '{"entry_id":"1_abcd1234","count":41}',
    ...segments,
    '{"entry_id":"1_townhall","first_segment":1200,"last_segment":1209,"count":57}',
    '{"entry_id":"1_townhall","count":112}',
  ];
  return `{"v":1,"site_id":"munich","bucket":"${bucket}Z","width_s":900,"cells":[${cells.join(",")}]}`;
}

export function recordOf(n, change = {}) {
  const at = (seconds) => `${new Date(FIRST - n * 900_000 + seconds * 1_000).toISOString().slice(0, 19)}Z`;
  const key = `${String(n).padStart(4, "0")}5f0c9a7be41d2286b3d04c5e7f90`;
  return {
    time: at(0),
    event: "sent",
    to: "https://collector.example.com/v1/reports",
    key,
    fields: [
      ["host", "collector.example.com"],
      ["user-agent", "spokecast"],
      ["content-type", "application/json"],
      ["content-encoding", "gzip"],
      ["content-length", "312"],
      ["idempotency-key", key],
      ["authorization", "(secret)"],
    ],
    report: reportOf(n),
    answers: [{ time: at(1), event: "answered", outcome: "201" }],
    ...change,
  };
}

/** The answer for so many records, `limit` from the one that `before` names, as an edge pages them. */
export function pageOf(records, { limit = 20, before = null } = {}) {
  const from = before === null ? 0 : Number(before);
  const sent = records.slice(from, from + limit);
  return { sent, more: from + limit < records.length ? String(from + limit) : null };
}

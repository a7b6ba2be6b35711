import { expect, test } from "vitest";
import { parseWatched } from "./watched.ts";

const ANSWER = {
  enabled: true,
  local_view: "exact",
  site_id: "munich",
  threshold: 5,
  width_s: 900,
  upstream: { to: "https://collector.example.com/v1/reports" },
  totals: { recorded: 1_234, dropped: 0, unrecognised: 3, beyond_max_cells: 0 },
  spool: { reports: 0, bytes: 0, dropped: 0, refused: 0 },
  windows: [
    {
      bucket: "2026-11-21T10:15Z",
      state: "running",
      events: 812,
      entries: [
        {
          entry_id: "1_abcd1234",
          count: 800,
          leaves: 640,
          unnumbered: 3,
          segments: [{ segment_number: 1_180, count: 35, leaves: "range" }, { first_segment: 10, last_segment: 19, count: 9 }, { count: 7 }],
        },
      ],
    },
  ],
};

test("an answer is read whole", () => {
  const watched = parseWatched(ANSWER);
  expect(watched).toMatchObject({ enabled: true, view: "exact", site: "munich", threshold: 5, widthSeconds: 900 });
  expect(watched.upstream).toEqual({ state: "to", to: "https://collector.example.com/v1/reports" });
  expect(watched.totals).toEqual({ recorded: 1_234, dropped: 0, unrecognised: 3, beyondMaxCells: 0 });
  expect(watched.spool).toEqual({ reports: 0, bytes: 0, dropped: 0, refused: 0 });
  const [window] = watched.windows;
  expect(window).toMatchObject({ bucket: "2026-11-21T10:15Z", start: new Date("2026-11-21T10:15:00Z"), isRunning: true, events: 812 });
  expect(window?.entries[0]).toMatchObject({ id: "1_abcd1234", count: 800, leaves: 640, unnumbered: 3 });
  expect(window?.entries[0]?.cells).toEqual([
    { first: 1_180, last: 1_180, count: 35, leaves: "range" },
    { first: 10, last: 19, count: 9, leaves: "range" },
    { first: null, last: null, count: 7, leaves: "entry" },
  ]);
});

test("only null says that nothing leaves", () => {
  const upstream = (value: unknown) => parseWatched({ ...ANSWER, upstream: value }).upstream;
  expect(upstream(null)).toEqual({ state: "none" });
  for (const odd of [undefined, {}, { to: "" }, "https://collector.example.com/", [], false]) expect(upstream(odd)).toEqual({ state: "unread" });
});

test("what is not understood is not known, and takes nothing else with it", () => {
  const odd = { ...ANSWER, local_view: "all", site_id: 1, threshold: "5", width_s: 0, totals: null, spool: null };
  expect(parseWatched(odd)).toMatchObject({ view: "unread", site: null, threshold: null, widthSeconds: 900, spool: null, totals: { recorded: null } });
  const windows = [{ bucket: "yesterday", events: 1 }, 7, { bucket: "2026-11-21T10:00Z", entries: [{ entry_id: "a", count: 2 }, { entry_id: "" }, { count: 1 }] }];
  const [window, ...others] = parseWatched({ ...ANSWER, windows }).windows;
  expect(others).toEqual([]);
  expect(window).toMatchObject({ events: 2, isRunning: false, entries: [{ id: "a", count: 2, leaves: null, unnumbered: null, cells: [] }] });
  const cells = [{ segment_number: 1, count: 1, leaves: "home" }, { first_segment: 9, last_segment: 1, count: 2 }, { segment_number: 1 }];
  const entries = [{ entry_id: "a", count: 3, segments: cells }];
  expect(parseWatched({ ...ANSWER, windows: [{ bucket: "2026-11-21T10:00Z", entries }] }).windows[0]?.entries[0]?.cells).toEqual([
    { first: 1, last: 1, count: 1, leaves: null },
    { first: null, last: null, count: 2, leaves: "entry" },
  ]);
});

test("what is no answer of an edge is refused", () => {
  for (const odd of [null, [], "enabled", {}, { enabled: "true" }]) expect(() => parseWatched(odd)).toThrow(TypeError);
});

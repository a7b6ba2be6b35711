import { expect, test } from "vitest";
import { meaning, parsePage, parseReport } from "./sent.ts";

const CELLS =
  '{"entry_id":"1_a","segment_number":1180,"count":35},{"entry_id":"1_a","first_segment":1180,"last_segment":1189,"count":12},{"entry_id":"1_a","count":7}';
const REPORT = `{"v":1,"site_id":"s17","bucket":"2026-11-21T10:15Z","width_s":900,"cells":[${CELLS}]}`;
const RECORD = {
  time: "2026-11-21T10:30:07Z",
  event: "sent",
  to: "https://collector.example.com/v1/reports",
  key: "00ff",
  fields: [["content-type", "application/json"], ["authorization", "(secret)"]],
  report: REPORT,
  answers: [{ time: "2026-11-21T10:30:08Z", event: "answered", outcome: "201" }, { time: null, event: "sent-again" }],
};

test("a record is taken as it is", () => {
  const { sent, more } = parsePage({ sent: [RECORD], more: "17" });
  expect(more).toBe("17");
  expect(sent[0]).toEqual({
    time: RECORD.time,
    to: RECORD.to,
    key: "00ff",
    fields: RECORD.fields,
    report: REPORT,
    later: [{ time: "2026-11-21T10:30:08Z", event: "answered", outcome: "201" }, { time: null, event: "sent-again", outcome: null }],
  });
  expect(parsePage({ sent: [], more: null })).toEqual({ sent: [], more: null });
});

test("nothing is left out in silence", () => {
  for (const odd of [null, {}, { sent: {} }, { sent: [{ ...RECORD, report: undefined }], more: null }, { sent: [7], more: null }]) {
    expect(() => parsePage(odd)).toThrow(TypeError);
  }
});

test("a report is read as a table", () => {
  expect(parseReport(REPORT)).toEqual({
    site: "s17",
    start: new Date("2026-11-21T10:15:00Z"),
    widthSeconds: 900,
    cells: [
      { entry: "1_a", segments: "1180", count: 35 },
      { entry: "1_a", segments: "1180 to 1189", count: 12 },
      { entry: "1_a", segments: "the rest", count: 7 },
    ],
  });
});

test("a table hides nothing of the bytes: what it has no place for is no table", () => {
  for (const odd of [
    REPORT.replace('"v":1', '"v":2'),
    REPORT.replace('"v":1,', '"v":1,"user":"me",'),
    REPORT.replace('"count":35', '"count":35,"viewers":3'),
    REPORT.replace('"count":35', '"count":34,"count":35'),
    REPORT.replace('"count":7', '"last_segment":9,"count":7'),
    REPORT.replace('"count":35', '"first_segment":1,"last_segment":2,"count":35'),
    REPORT.replace('"count":35', '"count":"35"'),
    REPORT.replace(`[${CELLS}]`, "{}"),
    `${REPORT} `,
    "not json",
    "",
  ]) {
    expect(parseReport(odd), odd).toBeNull();
  }
});

test("what came of it", () => {
  const of = (outcome: string | null, event = "answered") => meaning({ time: null, event, outcome });
  expect([of("201"), of("200"), of("503"), of("no connection"), of(null)]).toEqual(["201, stored", "200, known already", "503, asked to wait", "no connection", "answered"]);
  expect([of(null, "sent-again"), of("x", "moved")]).toEqual(["sent again", "moved"]);
});

import { expect, test } from "vitest";
import { asWhat, destination, leavesMeaning, leavesTitle, limits, partOf, plural, segmentName, share, threshold, waiting } from "./words.ts";

const NONE = { state: "none" } as const;
const TO = { state: "to", to: "https://collector.example.com/v1/reports" } as const;

test("whether anything leaves is one sentence", () => {
  expect(destination(NONE)).toBe("Nothing leaves this site.");
  expect(destination(TO)).toBe("Reports leave to https://collector.example.com/v1/reports");
  expect(destination({ state: "to", to: "/srv/reports" })).toBe("Reports leave into the folder /srv/reports");
  expect(destination({ state: "unread" })).not.toMatch(/leaves|leave to/);
});

test("the threshold is a sentence with its number", () => {
  expect(threshold(5, TO)).toMatch(/^A number leaves only when at least 5 different viewers stand behind it; .*forgotten\.$/);
  expect(threshold(null, NONE)).toMatch(/^Were reports sent, a number would leave only when enough different viewers/);
});

test("reports that wait, and those that never will arrive", () => {
  expect(waiting(null)).toBe("");
  expect(waiting({ reports: 0, bytes: 0, dropped: 0, refused: 0 })).toBe("No report waits to be sent.");
  expect(waiting({ reports: 1, bytes: 2_480, dropped: 0, refused: 0 })).toBe("1 report waits to be sent (2.48 kB).");
  expect(waiting({ reports: 1_200, bytes: 4e6, dropped: 2, refused: 1 })).toBe(
    "1,200 reports wait to be sent (4.00 MB). 2 were dropped for want of room. 1 was refused by the collector, and will not be sent again.",
  );
  expect(waiting({ reports: null, bytes: null, dropped: null, refused: null })).toBe("– reports wait to be sent (–).");
});

test("why there is less to see", () => {
  expect(limits({ enabled: true, view: "exact" })).toBe("");
  expect(limits({ enabled: false, view: "exact" })).toContain("telemetry.enabled = false");
  expect(limits({ enabled: true, view: "threshold" })).toContain('"threshold"');
  expect(limits({ enabled: true, view: "off" })).toContain('"off"');
  expect(limits({ enabled: true, view: "unread" })).toContain("cannot read");
});

test("only of a window that is over something leaves", () => {
  expect(leavesTitle({ upstream: TO }, { isRunning: false })).toBe("Leaves");
  expect(leavesTitle({ upstream: TO }, { isRunning: true })).toBe("Would leave");
  expect(leavesTitle({ upstream: NONE }, { isRunning: false })).toBe("Would leave");
  expect(leavesMeaning({ upstream: NONE }, { isRunning: true })).toContain("No report leaves this site.");
});

test("parts are told so that none is taken for all", () => {
  expect([partOf(0, 5), partOf(5, 5), partOf(null, 5), partOf(1_999, 2_000)]).toEqual(["none", "all 5", "not known", "1,999 of 2,000 (99.9\u00a0%)"]);
  expect([share(0, 5), share(5, 5), share(null, 5), share(1_999, 2_000)]).toEqual(["none", "all", "not known", "1,999 (99.9\u00a0%)"]);
});

test("names", () => {
  expect([segmentName({ first: 7, last: 7 }), segmentName({ first: 10, last: 19 }), segmentName({ first: null, last: null })]).toEqual(["7", "10 to 19", "the rest"]);
  expect([asWhat("segment"), asWhat("no"), asWhat(null)]).toEqual(["as a segment", "not at all", "not known"]);
  expect([plural(1, "request", "requests"), plural(0, "request", "requests")]).toEqual(["1 request", "0 requests"]);
});

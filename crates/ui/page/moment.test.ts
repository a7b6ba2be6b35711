import { expect, test } from "vitest";
import { dayAndSpan, dayAndTime, moment, span, timeOfDay, utc, utcToTheSecond } from "./moment.ts";

const AT = new Date("2026-11-21T10:15:07Z");

test("to the minute no time looks like an address", () => {
  expect(utc(AT)).toBe("2026-11-21 10:15 UTC");
  expect(utc(AT)).not.toMatch(/:.*:/);
  expect(utcToTheSecond(AT)).toBe("2026-11-21 10:15:07 UTC");
});

test("the reader's clock", () => {
  expect(timeOfDay(AT, "Europe/Berlin")).toBe("11:15:07");
  expect(dayAndTime(AT, "Europe/Berlin")).toBe("Sat 21 Nov 2026, 11:15:07");
  expect(dayAndTime(AT, "Asia/Tokyo")).toBe("Sat 21 Nov 2026, 19:15:07");
  expect(timeOfDay(new Date("2026-11-21T00:00:00Z"), "UTC")).toBe("00:00:00");
});

test("windows, over midnight too", () => {
  const start = new Date("2026-11-21T22:45:00Z");
  expect(span(start, 900, "Europe/Berlin")).toBe("23:45 to 00:00");
  expect(dayAndSpan(start, 900, "UTC")).toBe("Sat 21 Nov, 22:45 to 23:00");
});

test("only a moment of UTC is one", () => {
  expect(moment("2026-11-21T10:15Z")).toEqual(new Date("2026-11-21T10:15:00Z"));
  expect(moment("2026-11-21T10:15:07Z")).toEqual(AT);
  for (const other of ["2026-11-21T10:15", "2026-11-21", "2026-13-21T10:15Z", "now", 7, null]) expect(moment(other)).toBeNull();
});

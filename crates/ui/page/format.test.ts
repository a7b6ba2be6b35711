import { expect, test } from "vitest";
import { bitRate, bytes, clock, count, duration, milliseconds, percent, spoken, UNKNOWN } from "./format.ts";

test.each([
  [0, "0 B"],
  [999, "999 B"],
  [1_000, "1.00 kB"],
  [1_234_567, "1.23 MB"],
  [12_345_678, "12.3 MB"],
  [123_456_789, "123 MB"],
  [999_499_999, "999 MB"],
  [999_500_000, "1.00 GB"],
  [5e18, "5000 PB"],
])("bytes: %d → %s", (value, text) => {
  expect(bytes(value)).toBe(text);
});

test("an unknown figure is a dash, not a zero", () => {
  expect([bytes(null), count(null), milliseconds(null), duration(null)]).toEqual([UNKNOWN, UNKNOWN, UNKNOWN, UNKNOWN]);
});

test("bit rate counts bits", () => {
  expect(bitRate(650_000)).toBe("5.20 Mbit/s");
  expect(bitRate(0)).toBe("0 bit/s");
});

test("a share is never rounded up to all of it", () => {
  expect(percent(9_999, 10_000)).toBe("99.9");
  expect(percent(10_000, 10_000)).toBe("100");
  expect(percent(0, 10)).toBe("0.0");
  expect(percent(29, 100)).toBe("29.0");
  expect(percent(0, 0)).toBeNull();
});

test.each([
  [0.04, "0.04 ms"],
  [0.2, "0.2 ms"],
  [9.96, "10 ms"],
  [43.4, "43 ms"],
  [1_250, "1.25 s"],
])("milliseconds: %d → %s", (value, text) => {
  expect(milliseconds(value)).toBe(text);
});

test("positions", () => {
  expect([clock(7.9), clock(754), clock(3_723), clock(Number.NaN), clock(-1)]).toEqual(["0:07", "12:34", "1:02:03", "0:00", "0:00"]);
  expect([spoken(0), spoken(61), spoken(3_723)]).toEqual(["0 seconds", "1 minute 1 second", "1 hour 2 minutes 3 seconds"]);
});

test("long times", () => {
  expect([duration(12.3), duration(300), duration(12_000), duration(187_200)]).toEqual(["12 s", "5 min", "3 h 20 min", "2 d 4 h"]);
});

test("counts have separators", () => {
  expect(count(12_345)).toBe("12,345");
});

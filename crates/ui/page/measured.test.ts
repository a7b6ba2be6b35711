import { expect, test } from "vitest";
import { median, protocolName } from "./measured.ts";

test("the median of an even number of values is the mean of the two in the middle", () => {
  expect(median([])).toBeNull();
  expect(median([10, 2, 9])).toBe(9);
  expect(median([4, 100, 1, 6])).toBe(5);
});

test("protocols have the names that people know, and a new one its own", () => {
  expect(["http/1.1", "h2", "h3", "h4"].map(protocolName)).toEqual(["HTTP/1.1", "HTTP/2", "HTTP/3", "h4"]);
});

import { expect, test } from "vitest";
import { nextDigit, nextRound } from "./scale.ts";

test.each([
  [1, 1],
  [1.01, 2],
  [3, 5],
  [51, 100],
  [812, 1_000],
  [0.3, 0.5],
])("nextRound: %d → %d", (value, round) => {
  expect(nextRound(value)).toBeCloseTo(round, 10);
});

test.each([
  [5, 5],
  [11, 15],
  [5_290, 6_000],
  [9_001, 10_000],
])("nextDigit: %d → %d", (value, digit) => {
  expect(nextDigit(value)).toBeCloseTo(digit, 10);
});

import { expect, test } from "vitest";
import { ATTEMPTS, delayBefore, steadyDelay } from "./backoff.ts";

test("the wait doubles up to its ceiling", () => {
  const waits = Array.from({ length: ATTEMPTS }, (_, n) => delayBefore(n + 1, 0.5));
  expect(waits).toEqual([1_000, 2_000, 4_000, 8_000, 15_000, 15_000, 15_000, 15_000]);
});

test("after the last attempt it gives up", () => {
  expect(delayBefore(ATTEMPTS + 1, 0.5)).toBeNull();
});

test("chance moves the wait by a quarter either way", () => {
  expect(delayBefore(3, 0)).toBe(3_000);
  expect(delayBefore(3, 1)).toBe(5_000);
});

test("the steady wait has no end and stays at its ceiling", () => {
  expect(steadyDelay(2_000, 1)).toBe(18_750);
});

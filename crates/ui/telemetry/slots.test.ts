import { expect, test } from "vitest";
import { leavesOf, slots } from "./slots.ts";
import type { Window } from "./watched.ts";

function window(bucket: string, events: number, leaves: readonly (number | null)[] = []): Window {
  const entries = leaves.map((it, n) => ({ id: String(n), count: 1, leaves: it, unnumbered: null, cells: [] }));
  return { bucket, start: new Date(bucket), isRunning: false, events, entries };
}

test("the newest is the last, and a quiet window is a gap", () => {
  const line = slots([window("2026-11-21T10:45Z", 3, [2]), window("2026-11-21T10:00Z", 5)], 900);
  expect(line.length).toBe(24);
  expect(line.slice(-4).map(({ events, leaves, window: it }) => [events, leaves, it === null])).toEqual([
    [5, 0, false],
    [0, 0, true],
    [0, 0, true],
    [3, 2, false],
  ]);
  expect(line[0]?.start).toEqual(new Date("2026-11-21T05:00:00Z"));
});

test("the line is no longer than can be seen", () => {
  const line = slots([window("2026-11-21T10:00Z", 1), window("2020-01-01T00:00Z", 1)], 900);
  expect([line.length, line.filter(({ window: it }) => it !== null).length]).toEqual([192, 1]);
  expect(slots([], 900)).toEqual([]);
});

test("no more leaves than there was", () => {
  expect(leavesOf(window("2026-11-21T10:00Z", 10, [4, null, 3]))).toBe(7);
  expect(leavesOf(window("2026-11-21T10:00Z", 5, [4, 3]))).toBe(5);
});

import { expect, test } from "vitest";
import { columns, height } from "./columns.ts";
import type { Cell, Leaves } from "./watched.ts";

function cell(first: number | null, last: number | null, count: number, leaves: Leaves | null = "segment"): Cell {
  return { first, last, count, leaves };
}

test("each segment has its column as long as there is room", () => {
  const { columns: found, segments } = columns([cell(7, 7, 3), cell(9, 9, 2, "no")], 10);
  expect(segments).toBe(1);
  expect(found.map(({ first, last }) => [first, last])).toEqual([[7, 7], [8, 8], [9, 9]]);
  expect(found.map(height)).toEqual([3, 0, 2]);
  expect(found[2]?.counts).toEqual({ segment: 0, range: 0, entry: 0, no: 2 });
});

test("many segments share columns that begin at round numbers, so that they stay when more come", () => {
  const cells = Array.from({ length: 90 }, (_, n) => cell(1_183 + n, 1_183 + n, 1));
  const { columns: found, segments } = columns(cells, 30);
  expect(segments).toBe(5);
  expect(found[0]).toMatchObject({ first: 1_180, last: 1_184 });
  expect(found.map(height).reduce((sum, it) => sum + it)).toBe(90);
  expect(columns([...cells, cell(1_274, 1_274, 1)], 30).columns.slice(0, 18)).toEqual(found.slice(0, 18));
});

test("a range is spread evenly over its segments", () => {
  const { columns: found } = columns([cell(10, 19, 50, "range"), cell(20, 20, 4)], 20);
  expect(found.slice(0, 10).every(({ counts }) => Math.abs(counts.range - 5) < 1e-9)).toBe(true);
  expect(found[10]?.counts).toEqual({ segment: 4, range: 0, entry: 0, no: 0 });
});

test("what has no segment is in no column, and the widest spread is bounded", () => {
  expect(columns([cell(null, null, 9, "entry")], 10)).toEqual({ columns: [], segments: 1 });
  const far = columns([cell(0, 0, 1), cell(2 ** 53 - 1, 2 ** 53 - 1, 1, null)], 30).columns;
  expect(far.length).toBeLessThanOrEqual(31);
  expect(far.map(height).reduce((sum, it) => sum + it)).toBe(2);
  expect(far.at(-1)?.counts.no).toBe(1);
});

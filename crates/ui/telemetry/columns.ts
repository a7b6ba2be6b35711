// The segments of an entry as columns of a chart: as many neighbours in one as the width asks for. Pure.

import { nextRound } from "../page/scale.ts";
import { LEAVES, type Cell, type Leaves } from "./watched.ts";

export interface Column {
  readonly first: number;
  readonly last: number;
  /** Requests by what they leave as. */
  readonly counts: Readonly<Record<Leaves, number>>;
}

export interface Columns {
  readonly columns: readonly Column[];
  /** So many segments stand in each. */
  readonly segments: number;
}

const NONE: Columns = { columns: [], segments: 1 };

/**
 * At most `most` columns from the first segment that was asked for to the last. The count of a range is spread evenly over
 * it, for nobody knows better. Requests without a segment are in none.
 */
export function columns(cells: readonly Cell[], most: number): Columns {
  const numbered = cells.flatMap(({ first, last, count, leaves }) =>
    first === null || last === null ? [] : [{ first, last, count, leaves: leaves ?? "no" }],
  );
  if (numbered.length === 0) return NONE;
  const from = numbered.reduce((least, { first }) => Math.min(least, first), Infinity);
  const to = numbered.reduce((largest, { last }) => Math.max(largest, last), 0);
  const segments = Math.max(1, nextRound((to - from + 1) / Math.max(1, most)));
  // Aligned, so that a column keeps its segments while new ones come.
  const base = Math.floor(from / segments) * segments;
  const length = Math.floor((to - base) / segments) + 1;
  const found = Array.from({ length }, (_, n) => ({
    first: base + n * segments,
    last: base + (n + 1) * segments - 1,
    counts: Object.fromEntries(LEAVES.map((leaves) => [leaves, 0])) as Record<Leaves, number>,
  }));
  for (const { first, last, count, leaves } of numbered) {
    const each = count / (last - first + 1);
    for (let n = Math.floor((first - base) / segments); n <= Math.floor((last - base) / segments); n += 1) {
      const column = found[n];
      if (column === undefined) continue;
      column.counts[leaves] += each * (Math.min(last, column.last) - Math.max(first, column.first) + 1);
    }
  }
  return { columns: found, segments };
}

/** How many requests stand in a column. */
export function height({ counts }: Column): number {
  return LEAVES.reduce((sum, leaves) => sum + counts[leaves], 0);
}


// The last minutes of the edge's traffic, as bars: bytes from this office and bytes over the link, per time slot.
//
// The edge gives running totals; a slot holds the growth between two readings. Totals that fall mean that the edge
// was started again: the history then begins anew. Bounded by `SLOTS`.

/** How long one bar stands for, in seconds. */
export const SLOT_SECONDS = 3;
/** How many bars the chart has: three minutes. */
export const SLOTS = 60;

/** Growth within one slot, in bytes. */
export interface Slot {
  readonly office: number;
  readonly link: number;
}

/** One reading of the running totals, in bytes; `atSeconds` is the page's own monotonic time. */
export interface Reading {
  readonly atSeconds: number;
  readonly office: number;
  readonly link: number;
}

/** Everything recorded so far. `slots` runs from old to new and ends with the slot that `last` falls into. */
export interface History {
  readonly last: Reading | null;
  readonly slots: readonly Slot[];
}

export const EMPTY: History = { last: null, slots: [] };

/** The history with one more reading. */
export function record(history: History, reading: Reading): History {
  const { last } = history;
  if (last === null || reading.office < last.office || reading.link < last.link || reading.atSeconds < last.atSeconds) {
    return { last: reading, slots: [{ office: 0, link: 0 }] };
  }
  const steps = Math.min(SLOTS, slotOf(reading) - slotOf(last));
  const opened = Array.from({ length: steps }, () => ({ office: 0, link: 0 }));
  const slots = [...history.slots, ...opened].slice(-SLOTS);
  const newest = slots.pop() ?? { office: 0, link: 0 };
  slots.push({
    office: newest.office + reading.office - last.office,
    link: newest.link + reading.link - last.link,
  });
  return { last: reading, slots };
}

/** The same traffic in fewer, longer slots, oldest first: for a table that is short enough to be read out. */
export function coarse(history: History, slotsPerRow: number): Slot[] {
  const rows: Slot[] = [];
  for (let end = history.slots.length; end > 0; end -= slotsPerRow) {
    const part = history.slots.slice(Math.max(0, end - slotsPerRow), end);
    rows.unshift({ office: sum(part.map((slot) => slot.office)), link: sum(part.map((slot) => slot.link)) });
  }
  return rows;
}

function slotOf(reading: Reading): number {
  return Math.floor(reading.atSeconds / SLOT_SECONDS);
}

function sum(values: readonly number[]): number {
  return values.reduce((total, value) => total + value, 0);
}

// The windows on a line of time, for the chart: a window in which nothing was counted is a gap and not left out. Pure.

import type { Window } from "./watched.ts";

/** One window of the line. */
export interface Slot {
  readonly start: Date;
  /** Null where there is none. */
  readonly window: Window | null;
  readonly events: number;
  /** How many of these a report has. */
  readonly leaves: number;
}

/** A line of fewer would have bars as wide as the page. */
const FEWEST = 24;
/** And of more, bars that nobody can tell apart. */
const MOST = 192;

/** The oldest first; the newest window is the last. `windows` come newest first. */
export function slots(windows: readonly Window[], widthSeconds: number): Slot[] {
  const newest = windows[0];
  if (newest === undefined) return [];
  const width = widthSeconds * 1_000;
  const back = (window: Window) => Math.round((newest.start.getTime() - window.start.getTime()) / width);
  const length = Math.min(MOST, Math.max(FEWEST, 1 + Math.max(...windows.map(back))));
  const byPlace = new Map(windows.map((window) => [length - 1 - back(window), window] as const));
  return Array.from({ length }, (_, place) => {
    const window = byPlace.get(place) ?? null;
    const start = window?.start ?? new Date(newest.start.getTime() - (length - 1 - place) * width);
    return { start, window, events: window?.events ?? 0, leaves: window === null ? 0 : leavesOf(window) };
  });
}

/** How many requests of a window are in its report; no more than there were. */
export function leavesOf({ events, entries }: Window): number {
  return Math.min(events, entries.reduce((sum, entry) => sum + (entry.leaves ?? 0), 0));
}

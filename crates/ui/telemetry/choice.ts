// What the reader looks at: a window, and perhaps an entry. It stands in the address behind `#`, which no browser sends,
// so that the page can be loaded again or passed on. Pure.

import type { Window } from "./watched.ts";

export interface Choice {
  /** Null until there is a window to look at. */
  readonly bucket: string | null;
  readonly entry: string | null;
}

/** From `#window=…&entry=…`. */
export function fromFragment(fragment: string): Choice {
  const parameters = new URLSearchParams(fragment.replace(/^#/, ""));
  return { bucket: parameters.get("window"), entry: parameters.get("entry") };
}

export function toFragment({ bucket, entry }: Choice): string {
  const parameters = new URLSearchParams();
  if (bucket !== null) parameters.set("window", bucket);
  if (entry !== null) parameters.set("entry", entry);
  return `#${parameters}`;
}

/** What to show of `windows`, and whether what was chosen is no longer there. */
export interface Shown {
  readonly window: Window | null;
  readonly isGone: boolean;
  /** A window that began since the reader chose theirs, if there is one: for them to go there, or not. */
  readonly newer: Window | null;
}

/**
 * A reader stays at the window that they look at, also when a newer one begins. At first that is the newest with
 * something in it. `known` is the newest that there was when they chose.
 */
export function shown(windows: readonly Window[], bucket: string | null, known: string | null): Shown {
  const newest = windows[0] ?? null;
  const chosen = windows.find((window) => window.bucket === bucket) ?? null;
  const window = chosen ?? windows.find(({ events }) => events > 0) ?? newest;
  return {
    window,
    isGone: bucket !== null && chosen === null,
    newer: newest !== null && newest !== window && newest.bucket !== known ? newest : null,
  };
}

/**
 * The names in the order in which they were shown, then those that are new: what is read does not move under the eyes.
 * `now` is the order by count.
 */
export function inOrderOf(before: readonly string[], now: readonly string[]): string[] {
  const [was, is] = [new Set(before), new Set(now)];
  return [...before.filter((name) => is.has(name)), ...now.filter((name) => !was.has(name))];
}

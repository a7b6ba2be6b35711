// How long to wait before asking an edge again that did not answer.
//
// Doubling with a ceiling, so that a restarted edge is not met by everyone at once; a random part spreads an office
// full of viewers that all lost it in the same second. Bounded: after `ATTEMPTS` the page stops and says so.

/** How many times in a row the page asks again on its own. */
export const ATTEMPTS = 8;

const FIRST_MS = 1_000;
const LONGEST_MS = 15_000;
const SPREAD = 0.25;

/**
 * Milliseconds to wait before attempt `attempt` (the first is 1), or null when it is time to give up.
 * `random` is in 0..1 and moves the wait by up to a quarter either way.
 */
export function delayBefore(attempt: number, random: number): number | null {
  return attempt > ATTEMPTS ? null : steadyDelay(attempt, random);
}

/** The same wait without an end, for what may go on quietly: reading the figures of the panel. */
export function steadyDelay(attempt: number, random: number): number {
  const wait = Math.min(LONGEST_MS, FIRST_MS * 2 ** (attempt - 1));
  return Math.round(wait * (1 - SPREAD + 2 * SPREAD * random));
}

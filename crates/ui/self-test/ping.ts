// Measures the round trip: one question after the other, each on the connection that is there.

import type { RoundTrips } from "./findings/round-trip.ts";
import { timingOf } from "./surroundings.ts";

export const PINGS = 10;

const ADDRESS = `${import.meta.env.BASE_URL}ping`;
const PATIENCE_MS = 4_000;

/** Tells after each question how far it is; the last state is the result. */
export async function measure(tell: (so: RoundTrips) => void): Promise<RoundTrips> {
  const timesMs: number[] = [];
  for (let asked = 1; asked <= PINGS; asked += 1) {
    const time = await ping();
    if (time !== null) timesMs.push(time);
    tell({ asked, timesMs });
  }
  return { asked: PINGS, timesMs };
}

/** Milliseconds of one round trip; null when there was no answer. */
async function ping(): Promise<number | null> {
  const asked = performance.now();
  try {
    const answer = await fetch(ADDRESS, { cache: "no-store", signal: AbortSignal.timeout(PATIENCE_MS) });
    if (!answer.ok) return null;
    const answered = performance.now();
    // The browser writes its own time of the request down after it is over.
    await new Promise((resolve) => window.setTimeout(resolve));
    return withoutWaiting(timingOf(ADDRESS), asked) ?? answered - asked;
  } catch {
    return null;
  } finally {
    // The browser's list is bounded: a full one would fall silent.
    performance.clearResourceTimings();
  }
}

/** From the first byte that left to the first that came, without what the browser did before. */
function withoutWaiting(timing: PerformanceResourceTiming | null, asked: number): number | null {
  if (timing === null || timing.startTime < asked || timing.requestStart <= 0) return null;
  return timing.responseStart >= timing.requestStart ? timing.responseStart - timing.requestStart : null;
}

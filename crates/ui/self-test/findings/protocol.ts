// What the browser speaks, and what arrives at the edge. Pure.

import { NO_ANSWER, type Detail, type Finding } from "../finding.ts";
import type { Seen } from "../seen.ts";

/** `spoken` is what the browser says of the request that `seen` answers; null when it does not tell. */
export function protocol(seen: Seen | null, spoken: string | null): Finding {
  const arrived = seen?.protocol ?? null;
  if (arrived === null && spoken === null) return NO_ANSWER;
  const details: Detail[] = [
    ["Browser", spoken ?? "does not tell"],
    ["Edge", arrived ?? "did not answer"],
  ];
  if (arrived === null || spoken === null) {
    const explanation = "Only one side tells, so it cannot be said whether both speak the same.";
    return { verdict: "unknown", answer: arrived ?? spoken ?? "", explanation, details };
  }
  if (arrived !== spoken) {
    const answer = `${spoken} became ${arrived} on the way`;
    return { verdict: "look", answer, explanation: "Something between the browser and the edge takes requests and sends others in their place.", details };
  }
  return { verdict: "ok", answer: arrived, explanation: "The browser and the edge speak the same protocol with each other.", details };
}

/** Whether both sides tell, and not the same. */
export function differs(seen: Seen, spoken: string | null): boolean {
  return seen.protocol !== null && spoken !== null && seen.protocol !== spoken;
}

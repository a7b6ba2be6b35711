// Whether something between the browser and the edge handles requests. Pure.

import { NO_ANSWER, type Detail, type Finding } from "../finding.ts";
import type { Seen } from "../seen.ts";
import { differs } from "./protocol.ts";

export function proxy(seen: Seen | null, spoken: string | null, https: boolean): Finding {
  if (seen === null || seen.hints === null) return NO_ANSWER;
  const details: Detail[] = [];
  if (seen.hints.length > 0) details.push(["Fields added", seen.hints.join(", ")]);
  if (differs(seen, spoken)) details.push(["Protocol", "changes on the way"]);
  if (https && seen.encrypted === false) details.push(["Encryption", "ends before the edge"]);
  if (details.length === 0) {
    const explanation = "Nothing that a proxy leaves behind was seen; one that leaves nothing behind cannot be seen.";
    return { verdict: "ok", answer: "No sign of one", explanation, details };
  }
  const explanation =
    "A proxy that stands before the edge on purpose is fine; one on the way out of the office should be told to leave the edge out.";
  return { verdict: "look", answer: "Something stands in between", explanation, details };
}

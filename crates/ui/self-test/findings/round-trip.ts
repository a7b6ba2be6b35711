// How long a question to the edge takes, from asking to the answer. Pure.

import { milliseconds } from "../../page/format.ts";
import { median } from "../../page/measured.ts";
import type { Detail, Finding } from "../finding.ts";

/** `asked` counts all that were asked so far; `timesMs` has those that were answered. */
export interface RoundTrips {
  readonly asked: number;
  readonly timesMs: readonly number[];
}

/** Within a building an answer takes a few milliseconds, over Wi-Fi some more. Beyond this the edge is elsewhere. */
const FAR_MS = 50;

export function measuring({ asked }: RoundTrips, total: number): Finding {
  const explanation = "The browser asks the edge for an empty answer, again and again, one after the other.";
  return { verdict: "running", answer: `Measuring: ${asked} of ${total}`, explanation, details: [] };
}

export function roundTrip({ asked, timesMs }: RoundTrips): Finding {
  const middle = median(timesMs);
  if (middle === null) {
    const explanation = "The page came through, but no question after it was answered: the connection broke off, or something blocks it.";
    return { verdict: "look", answer: "The edge does not answer", explanation, details: [["Answered", `0 of ${asked}`]] };
  }
  const answer = `${milliseconds(middle)}, the median of ${timesMs.length}`;
  const details: Detail[] = [
    ["Median", milliseconds(middle)],
    ["Shortest", milliseconds(Math.min(...timesMs))],
    ["Longest", milliseconds(Math.max(...timesMs))],
    ["Answered", `${timesMs.length} of ${asked}`],
  ];
  if (timesMs.length < asked) {
    return { verdict: "look", answer, explanation: "Some questions got no answer: the network between this device and the edge loses what is sent.", details };
  }
  if (middle > FAR_MS) {
    return { verdict: "look", answer, explanation: "That is long for a server in the same office: this device may be elsewhere, or its network busy.", details };
  }
  return { verdict: "ok", answer, explanation: "That is as short as it should be for a server in the same office.", details };
}

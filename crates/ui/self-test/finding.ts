// What a check came to, for people: a verdict, a short answer, one sentence for the helpdesk, and what it rests on.

/** `running` is for the moment alone: at the end each check is one of the others. */
export type Verdict = "ok" | "look" | "unknown" | "running";

/** A label and its value. */
export type Detail = readonly [label: string, value: string];

export interface Finding {
  readonly verdict: Verdict;
  readonly answer: string;
  readonly explanation: string;
  readonly details: readonly Detail[];
}

/** The checks, in the order in which the page and the text have them. */
export const CHECKS = {
  site: "Site",
  connection: "Connection",
  protocol: "Protocol",
  roundTrip: "Round trip",
  proxy: "Proxy in between",
  localNetwork: "Local Network Access",
  browser: "Browser",
} as const;

export type Check = keyof typeof CHECKS;

/** What each verdict is called. */
export const VERDICTS: Readonly<Record<Verdict, string>> = {
  ok: "OK",
  look: "Look at this",
  unknown: "Not known",
  running: "Checking",
};

/** For every check that rests on the edge's own answer, when there is none. */
export const NO_ANSWER: Finding = {
  verdict: "unknown",
  answer: "The edge gave no answer",
  explanation: "This page came from the edge, but what the edge sees of this connection could not be read. Load the page again.",
  details: [],
};

/** When the check itself went wrong. */
export const BROKEN: Finding = {
  verdict: "unknown",
  answer: "This browser does not tell",
  explanation: "The check did not work in this browser. The other checks stand on their own.",
  details: [],
};

/** Runs a check; one that fails takes no other with it. */
export function guarded(check: () => Finding): Finding {
  try {
    return check();
  } catch {
    return BROKEN;
  }
}

export function yesNo(value: boolean): string {
  return value ? "yes" : "no";
}

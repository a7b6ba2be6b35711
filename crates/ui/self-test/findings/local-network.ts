// Local Network Access: whether this browser lets pages from the internet ask servers in the office. Pure.

import type { Detail, Finding } from "../finding.ts";

/** The names under which browsers know the permission, the one that counts first: older ones have the last alone. */
export const PERMISSIONS = ["local-network", "local-network-access", "loopback-network"] as const;

/** `states` has what the browser said for each name; null for a name that it does not know. */
export interface LocalNetwork {
  readonly secureContext: boolean;
  readonly topLevel: boolean;
  readonly states: Readonly<Record<(typeof PERMISSIONS)[number], PermissionState | null>>;
}

const ELSEWHERE = "a page elsewhere that embeds the player does, and has an answer of its own.";
const HERE = `The watch page comes from the edge itself and needs no permission; ${ELSEWHERE}`;

const STATES: Readonly<Record<PermissionState, Omit<Finding, "details">>> = {
  granted: { verdict: "ok", answer: "Granted", explanation: HERE },
  prompt: { verdict: "ok", answer: "The browser would ask", explanation: HERE },
  denied: {
    verdict: "look",
    answer: "Denied",
    explanation: `The watch page comes from the edge itself and works all the same; ${ELSEWHERE} The browser's settings or the company's policy may deny it too.`,
  },
};

export function localNetwork({ secureContext, topLevel, states }: LocalNetwork): Finding {
  const known = PERMISSIONS.flatMap((name): Detail[] => {
    const state = states[name];
    return state === null ? [] : [[name, state]];
  });
  const details: Detail[] = [
    ...(known.length === 0 ? [["Permission", "not supported by this browser"] as const] : known),
    ["Secure context", yesNoNeeded(secureContext)],
    ["This page", topLevel ? "opened by itself" : "in a frame of another page"],
  ];
  const state = states["local-network"] ?? states["local-network-access"];
  if (state !== null) return { ...STATES[state], details };
  if (!secureContext) {
    const explanation = `Browsers tell it over HTTPS alone. ${HERE}`;
    return { verdict: "unknown", answer: "Not told without HTTPS", explanation, details };
  }
  return { verdict: "ok", answer: "Not supported by this browser", explanation: `It asks for no such permission. ${HERE}`, details };
}

function yesNoNeeded(secure: boolean): string {
  return secure ? "yes" : "no: such a page is never given the permission";
}

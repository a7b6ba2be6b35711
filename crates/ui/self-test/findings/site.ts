// Which office the edge takes this viewer to be in. Pure.

import { NO_ANSWER, type Detail, type Finding, type Verdict } from "../finding.ts";
import type { Kind, Location, Policy, Seen } from "../seen.ts";

const POLICIES: Readonly<Record<Policy, { readonly verdict: Verdict; readonly name: string; readonly explanation: string }>> = {
  site: {
    verdict: "ok",
    name: "served by the edges of this office",
    explanation: "The edge found the office by the network that this device is in, and its edges serve the video.",
  },
  bypass: {
    verdict: "look",
    name: "goes past the office's edges",
    explanation: "Viewers in this network are meant to fetch video from elsewhere: right for most remote access, a mistake for a device in the office.",
  },
  deny: {
    verdict: "look",
    name: "not served",
    explanation: "Viewers in this network are not to be served: connect to another network, or have the map of offices changed.",
  },
};

const KINDS: Readonly<Record<Kind, string>> = { lan: "cable", wifi: "Wi-Fi", vpn: "remote access (VPN)", guest: "guests" };

const ELSEWHERE = "This edge does not know which office you are in";

const WITHOUT_SITE: Readonly<Record<Exclude<Location["state"], "site">, Omit<Finding, "details">>> = {
  unmapped: {
    verdict: "unknown",
    answer: ELSEWHERE,
    explanation: "It has no map of offices, and needs none to serve video: whoever reaches it is served.",
  },
  unknown: {
    verdict: "look",
    answer: ELSEWHERE,
    explanation: "The network that this device is in does not stand on the map of offices.",
  },
  ambiguous: {
    verdict: "look",
    answer: "More than one office fits",
    explanation: "Two offices on the map use the same internal networks, and nothing tells them apart for this device.",
  },
  unread: {
    verdict: "unknown",
    answer: "The edge's answer is not understood",
    explanation: "The edge and this page are of different versions: load the page again without the browser's cache.",
  },
};

export function site(seen: Seen | null): Finding {
  if (seen === null) return NO_ANSWER;
  const { location } = seen;
  if (location.state !== "site") return { ...WITHOUT_SITE[location.state], details: [] };
  const { verdict, name, explanation } = POLICIES[location.policy];
  const details: Detail[] = [
    ["Site", location.site],
    ["Policy", name],
    ["Network", location.kind === null ? "not known" : KINDS[location.kind]],
    ["Found by", location.realm === null ? "the network of this device" : `the address plan “${location.realm}”`],
  ];
  return { verdict, answer: location.name, explanation, details };
}

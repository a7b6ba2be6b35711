// Which browser it is, and how it can play. Pure.

import { yesNo, type Finding } from "../finding.ts";

export interface Capabilities {
  readonly mediaSource: boolean;
  readonly managedMediaSource: boolean;
  readonly nativeHls: boolean;
}

/** One entry of `navigator.userAgentData.brands`. */
export interface Brand {
  readonly brand: string;
  readonly version: string;
}

export function browser(name: string | null, can: Capabilities): Finding {
  const details = [
    ["Media Source Extensions", yesNo(can.mediaSource)],
    ["Managed Media Source", yesNo(can.managedMediaSource)],
    ["HLS without a player", yesNo(can.nativeHls)],
  ] as const;
  const answer = name ?? "A browser that does not name itself";
  if (can.mediaSource || can.managedMediaSource) {
    return { verdict: "ok", answer, explanation: "It can play HLS and DASH.", details };
  }
  if (can.nativeHls) {
    return { verdict: "ok", answer, explanation: "It can play HLS, and no DASH.", details };
  }
  return { verdict: "look", answer, explanation: "It has none of the ways to play video from an edge: use another browser, or a newer version.", details };
}

/** Brand and version and nothing else of what a browser says of itself; null when it says neither. */
export function nameOf(brands: readonly Brand[] | null, userAgent: string): string | null {
  return fromBrands(brands ?? []) ?? fromUserAgent(userAgent);
}

function fromBrands(brands: readonly Brand[]): string | null {
  // Browsers add an invented one, so that nobody relies on the list.
  const real = brands.filter(({ brand }) => !/\bnot\b/i.test(brand.replaceAll("_", " ")));
  const found = real.find(({ brand }) => brand !== "Chromium") ?? real[0];
  return found === undefined ? null : `${found.brand} ${short(found.version)}`;
}

/** From the most particular to the most general: most browsers name others as well. */
const AGENTS: readonly (readonly [name: string, version: RegExp])[] = [
  ["Microsoft Edge", /\bEdg(?:A|iOS)?\/([\d.]+)/],
  ["Opera", /\bOPR\/([\d.]+)/],
  ["Samsung Internet", /\bSamsungBrowser\/([\d.]+)/],
  ["Firefox", /\b(?:Firefox|FxiOS)\/([\d.]+)/],
  ["Chrome", /\b(?:Chrome|HeadlessChrome|CriOS)\/([\d.]+)/],
  ["Safari", /\bVersion\/([\d.]+)(?: Mobile\/\w+)? Safari\//],
];

function fromUserAgent(userAgent: string): string | null {
  for (const [name, pattern] of AGENTS) {
    const version = pattern.exec(userAgent)?.[1];
    if (version !== undefined) return `${name} ${short(version)}`;
  }
  return null;
}

/** Two numbers of a version are enough, and four of them look like an address. */
function short(version: string): string {
  const [major = "", minor = "0"] = version.split(".");
  return minor === "0" ? major : `${major}.${minor}`;
}

// What the browser itself tells: read here, judged elsewhere.

import { protocolName } from "../page/measured.ts";
import { nameOf, type Brand, type Capabilities } from "./findings/browser.ts";
import type { PageConnection } from "./findings/connection.ts";
import { PERMISSIONS, type LocalNetwork } from "./findings/local-network.ts";

/** Some of these are not in the standard library of types: not every browser has them. */
declare global {
  interface Navigator {
    readonly userAgentData?: { readonly brands: readonly Brand[] };
  }
  interface Window {
    readonly ManagedMediaSource?: unknown;
  }
}

export function pageConnection(): PageConnection {
  return { https: location.protocol === "https:", secureContext: window.isSecureContext, hostname: location.hostname };
}

/**
 * The protocol of the request for `address`; of the page when the browser keeps no time of that request; null when it
 * tells neither.
 */
export function spokenFor(address: string): string | null {
  const spoken = timingOf(address)?.nextHopProtocol || pageTiming()?.nextHopProtocol;
  return spoken ? protocolName(spoken) : null;
}

/** The latest request for `address`; null when the browser keeps none. */
export function timingOf(address: string): PerformanceResourceTiming | null {
  const url = new URL(address, location.href).href;
  return kept(() => performance.getEntriesByName(url, "resource") as PerformanceResourceTiming[]);
}

function pageTiming(): PerformanceNavigationTiming | null {
  return kept(() => performance.getEntriesByType("navigation") as PerformanceNavigationTiming[]);
}

/** Some browsers keep no times, for the sake of privacy. */
function kept<T>(entries: () => readonly T[]): T | null {
  try {
    return entries().at(-1) ?? null;
  } catch {
    return null;
  }
}

export async function localNetworkState(): Promise<LocalNetwork> {
  const states = await Promise.all(PERMISSIONS.map(async (name) => [name, await permission(name)] as const));
  return {
    secureContext: window.isSecureContext,
    topLevel: window.top === window,
    states: Object.fromEntries(states) as LocalNetwork["states"],
  };
}

/** A browser throws at a name that it does not know, and may have no permissions at all outside a secure context. */
async function permission(name: string): Promise<PermissionState | null> {
  try {
    return (await navigator.permissions.query({ name: name as PermissionName })).state;
  } catch {
    return null;
  }
}

export function browserName(): string | null {
  return nameOf(navigator.userAgentData?.brands ?? null, navigator.userAgent);
}

export function capabilities(): Capabilities {
  return {
    mediaSource: "MediaSource" in window,
    managedMediaSource: window.ManagedMediaSource !== undefined,
    nativeHls: document.createElement("video").canPlayType("application/vnd.apple.mpegurl") !== "",
  };
}

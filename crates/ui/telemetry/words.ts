// What the page says in sentences. Pure.

import { bytes, count, percent } from "../page/format.ts";
import type { Cell, Leaves, Spool, Upstream, Watched, Window } from "./watched.ts";

export const AS_WHAT: Readonly<Record<Leaves, string>> = {
  segment: "as a segment",
  range: "in a range",
  entry: "with the entry",
  no: "not at all",
};

export function asWhat(leaves: Leaves | null): string {
  return leaves === null ? "not known" : AS_WHAT[leaves];
}

/** Whether anything leaves, and where to. */
export function destination(upstream: Upstream): string {
  if (upstream.state === "to") return `Reports leave ${upstream.to.startsWith("/") ? "into the folder" : "to"} ${upstream.to}`;
  if (upstream.state === "none") return "Nothing leaves this site.";
  return "This page cannot read where reports go. Its version and the edge's differ: load it again.";
}

/** What the threshold is and does. */
export function threshold(least: number | null, upstream: Upstream): string {
  const viewers = least === null ? "enough" : `at least ${count(least)}`;
  const leaves = upstream.state === "none" ? "Were reports sent, a number would leave" : "A number leaves";
  return (
    `${leaves} only when ${viewers} different viewers stand behind it; what fewer asked for is added to a range of segments, ` +
    "then to the entry, and what is still too little is forgotten."
  );
}

/** Reports that wait, and what became of others; empty where none go anywhere. */
export function waiting(spool: Spool | null): string {
  if (spool === null) return "";
  const { reports, bytes: size, dropped, refused } = spool;
  const parts = [reports === 0 ? "No report waits to be sent." : `${plural(reports, "report waits", "reports wait")} to be sent (${bytes(size)}).`];
  if ((dropped ?? 0) > 0) parts.push(`${plural(dropped, "was", "were")} dropped for want of room.`);
  if ((refused ?? 0) > 0) parts.push(`${plural(refused, "was", "were")} refused by the collector, and will not be sent again.`);
  return parts.join(" ");
}

/** Why there is less to see than one may expect; empty when there is not. */
export function limits({ enabled, view }: Pick<Watched, "enabled" | "view">): string {
  if (!enabled) return "Counting is off at this edge (telemetry.enabled = false).";
  if (view === "off") return 'This edge shows no counts (telemetry.local-view = "off"). Its totals stand below.';
  if (view === "threshold") return 'This edge shows only what reports may hold (telemetry.local-view = "threshold").';
  if (view === "unread") return "This page cannot read what the edge shows. Its version and the edge's differ: load it again.";
  return "";
}

/** What stands at the head of the columns that tell what leaves. */
export function leavesTitle({ upstream }: Pick<Watched, "upstream">, window: Pick<Window, "isRunning">): string {
  return upstream.state === "none" || window.isRunning ? "Would leave" : "Leaves";
}

/** What that means. */
export function leavesMeaning({ upstream }: Pick<Watched, "upstream">, window: Pick<Window, "isRunning">): string {
  if (upstream.state === "none") return "No report leaves this site. “Would leave” is what one would hold.";
  return window.isRunning
    ? "This window is not over. “Would leave” is what its report would hold if it ended now."
    : "“Leaves” is what the report of this window holds.";
}

/** `640 of 800 (80.0 %)`, which no line breaks before its last sign. */
export function partOf(part: number | null, whole: number): string {
  if (part === null) return "not known";
  if (part === 0) return "none";
  if (part === whole) return `all ${count(whole)}`;
  const share = percent(part, whole);
  return `${count(part)} of ${count(whole)}${share === null ? "" : ` (${share}\u00a0%)`}`;
}

/** The same beside the whole: `640 (80.0 %)`. */
export function share(part: number | null, whole: number): string {
  if (part === null) return "not known";
  if (part === 0) return "none";
  return part === whole ? "all" : `${count(part)} (${percent(part, whole) ?? "0"}\u00a0%)`;
}

/** `1180`, `1180 to 1189`, or that it is what these leave over. */
export function segmentName({ first, last }: Pick<Cell, "first" | "last">): string {
  if (first === null || last === null) return "the rest";
  return first === last ? String(first) : `${first} to ${last}`;
}

/** A number and the word for one or for more. */
export function plural(value: number | null, one: string, more: string): string {
  return `${count(value)} ${value === 1 ? one : more}`;
}

// What the edge says of what is watched (`/telemetry.json`). It may be another version than this page: whatever is not
// understood is not known, and is never taken for "nothing leaves". Pure.

import { fields, figure, list, oneOf, words } from "../page/json.ts";
import { moment } from "../page/moment.ts";

/** As what a request leaves the site: in the number of its segment, of a range, of its entry, or not at all. */
export type Leaves = "segment" | "range" | "entry" | "no";

export const LEAVES: readonly Leaves[] = ["segment", "range", "entry", "no"];

/** A count of segments `first` to `last`; both null where a count has no segment. */
export interface Cell {
  readonly first: number | null;
  readonly last: number | null;
  readonly count: number;
  /** Null when the edge says something that this page does not know. */
  readonly leaves: Leaves | null;
}

export interface Entry {
  readonly id: string;
  readonly count: number;
  /** So many of them are in a report. */
  readonly leaves: number | null;
  /** So many of them have no segment number. */
  readonly unnumbered: number | null;
  /** Empty unless they were asked for. */
  readonly cells: readonly Cell[];
}

export interface Window {
  /** Its name, which is its beginning in UTC: `2026-11-21T10:15Z`. */
  readonly bucket: string;
  readonly start: Date;
  readonly isRunning: boolean;
  readonly events: number;
  /** By count. */
  readonly entries: readonly Entry[];
}

/** Where reports go. `unread`: the edge says something that this page does not know. */
export type Upstream = { readonly state: "none" | "unread" } | { readonly state: "to"; readonly to: string };

export type View = "exact" | "threshold" | "off" | "unread";

export interface Totals {
  readonly recorded: number | null;
  readonly dropped: number | null;
  readonly unrecognised: number | null;
  readonly beyondMaxCells: number | null;
}

export interface Spool {
  readonly reports: number | null;
  readonly bytes: number | null;
  readonly dropped: number | null;
  readonly refused: number | null;
}

export interface Watched {
  readonly enabled: boolean;
  readonly view: View;
  readonly site: string | null;
  readonly threshold: number | null;
  readonly widthSeconds: number;
  readonly upstream: Upstream;
  readonly totals: Totals;
  /** Null without an upstream. */
  readonly spool: Spool | null;
  /** The newest first. */
  readonly windows: readonly Window[];
}

/** What the edge has unless it is told otherwise. */
const USUAL_WIDTH_S = 900;

/** Throws when it is no answer of an edge at all. */
export function parseWatched(body: unknown): Watched {
  const top = fields(body);
  if (top === null || typeof top["enabled"] !== "boolean") throw new TypeError("telemetry.json is not what it should be");
  return {
    enabled: top["enabled"],
    view: oneOf(["exact", "threshold", "off"] as const, top["local_view"]) ?? "unread",
    site: words(top["site_id"]),
    threshold: figure(top["threshold"]),
    widthSeconds: figure(top["width_s"]) || USUAL_WIDTH_S,
    upstream: parseUpstream(top["upstream"]),
    totals: parseTotals(fields(top["totals"]) ?? {}),
    spool: parseSpool(top["spool"]),
    windows: list(top["windows"]).map(parseWindow).filter((window) => window !== null),
  };
}

function parseUpstream(value: unknown): Upstream {
  if (value === null) return { state: "none" };
  const to = words(fields(value)?.["to"]);
  return to === null ? { state: "unread" } : { state: "to", to };
}

function parseTotals(totals: Record<string, unknown>): Totals {
  return {
    recorded: figure(totals["recorded"]),
    dropped: figure(totals["dropped"]),
    unrecognised: figure(totals["unrecognised"]),
    beyondMaxCells: figure(totals["beyond_max_cells"]),
  };
}

function parseSpool(value: unknown): Spool | null {
  const spool = fields(value);
  if (spool === null) return null;
  const [reports, bytes, dropped, refused] = ["reports", "bytes", "dropped", "refused"].map((name) => figure(spool[name]));
  return { reports: reports ?? null, bytes: bytes ?? null, dropped: dropped ?? null, refused: refused ?? null };
}

function parseWindow(value: unknown): Window | null {
  const window = fields(value) ?? {};
  const [bucket, start] = [words(window["bucket"]), moment(window["bucket"])];
  if (bucket === null || start === null) return null;
  const entries = list(window["entries"]).map(parseEntry).filter((entry) => entry !== null);
  const counted = entries.reduce((sum, entry) => sum + entry.count, 0);
  return { bucket, start, isRunning: window["state"] === "running", events: figure(window["events"]) ?? counted, entries };
}

function parseEntry(value: unknown): Entry | null {
  const entry = fields(value) ?? {};
  const [id, count] = [words(entry["entry_id"]), figure(entry["count"])];
  if (id === null || count === null) return null;
  const cells = list(entry["segments"]).map(parseCell).filter((cell) => cell !== null);
  return { id, count, leaves: figure(entry["leaves"]), unnumbered: figure(entry["unnumbered"]), cells };
}

function parseCell(value: unknown): Cell | null {
  const cell = fields(value) ?? {};
  const count = figure(cell["count"]);
  if (count === null) return null;
  const number = figure(cell["segment_number"]);
  const [first, last] = number === null ? [figure(cell["first_segment"]), figure(cell["last_segment"])] : [number, number];
  const isNumbered = first !== null && last !== null && first <= last;
  // Where only what leaves is listed, the shape of a cell says as what.
  const shape: Leaves = number !== null ? "segment" : isNumbered ? "range" : "entry";
  const leaves = cell["leaves"] === undefined ? shape : oneOf(LEAVES, cell["leaves"]);
  return { first: isNumbered ? first : null, last: isNumbered ? last : null, count, leaves };
}

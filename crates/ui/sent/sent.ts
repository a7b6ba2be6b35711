// What the edge kept of what left (`/telemetry/sent.json`): one record for each report, as it was written down before
// it was sent. The report stays the text that it was; what is read out of it is for the eyes alone. Pure.

import { fields, figure, list, words } from "../page/json.ts";
import { moment } from "../page/moment.ts";

/** What came of a report, or that it was sent once more. */
export interface Later {
  readonly time: string | null;
  readonly event: string;
  readonly outcome: string | null;
}

export interface Sent {
  readonly time: string | null;
  readonly to: string | null;
  readonly key: string | null;
  /** The header fields, in their order. */
  readonly fields: readonly (readonly [name: string, value: string])[];
  /** Byte for byte, as UTF-8. */
  readonly report: string;
  readonly later: readonly Later[];
}

export interface Page {
  /** The newest first. */
  readonly sent: readonly Sent[];
  /** Where older ones begin. */
  readonly more: string | null;
}

/** Throws when it is no answer of an edge at all, or when a record in it has no report: nothing is left out in silence. */
export function parsePage(body: unknown): Page {
  const top = fields(body);
  if (top === null || !Array.isArray(top["sent"])) throw new TypeError("sent.json is not what it should be");
  return { sent: top["sent"].map(parseSent), more: words(top["more"]) };
}

function parseSent(value: unknown): Sent {
  const record = fields(value) ?? {};
  const { report } = record;
  if (typeof report !== "string") throw new TypeError("a record has no report");
  return {
    time: words(record["time"]),
    to: words(record["to"]),
    key: words(record["key"]),
    fields: list(record["fields"]).map(list).map(([name, field]) => [String(name), String(field)] as const),
    report,
    later: list(record["answers"]).map(parseLater),
  };
}

function parseLater(value: unknown): Later {
  const later = fields(value) ?? {};
  return { time: words(later["time"]), event: words(later["event"]) ?? "not known", outcome: words(later["outcome"]) };
}

/** A report as people read it. */
export interface Report {
  readonly site: string;
  readonly start: Date;
  readonly widthSeconds: number;
  readonly cells: readonly ReportCell[];
}

export interface ReportCell {
  readonly entry: string;
  /** A number, a range, or that it counts the entry. */
  readonly segments: string;
  readonly count: number;
}

/** Null when it is not a report that this page knows every part of: a table must not hide what the bytes say. */
export function parseReport(text: string): Report | null {
  const top = fields(parsed(text));
  if (top === null || !hasOnly(top, ["v", "site_id", "bucket", "width_s", "cells"]) || top["v"] !== 1) return null;
  const [site, start, widthSeconds] = [words(top["site_id"]), moment(top["bucket"]), figure(top["width_s"])];
  const cells = list(top["cells"]).map(parseCell);
  if (site === null || start === null || widthSeconds === null || !Array.isArray(top["cells"])) return null;
  if (cells.some((cell) => cell === null)) return null;
  return { site, start, widthSeconds, cells: cells.filter((cell) => cell !== null) };
}

function parseCell(value: unknown): ReportCell | null {
  const cell = fields(value);
  if (cell === null || !hasOnly(cell, ["entry_id", "segment_number", "first_segment", "last_segment", "count"])) return null;
  const [entry, count] = [words(cell["entry_id"]), figure(cell["count"])];
  const segments = segmentsOf(cell);
  return entry === null || count === null || segments === null ? null : { entry, segments, count };
}

function segmentsOf(cell: Record<string, unknown>): string | null {
  const [number, first, last] = [cell["segment_number"], cell["first_segment"], cell["last_segment"]];
  if (number === undefined && first === undefined && last === undefined) return "the rest";
  if (first === undefined && last === undefined) return figure(number) === null ? null : String(number);
  return number !== undefined || figure(first) === null || figure(last) === null ? null : `${first} to ${last}`;
}

function hasOnly(object: Record<string, unknown>, known: readonly string[]): boolean {
  return Object.keys(object).every((name) => known.includes(name));
}

/** Null unless the text is all that the value says: of two fields with one name, say, JSON.parse keeps the last. */
function parsed(text: string): unknown {
  try {
    const value: unknown = JSON.parse(text);
    return JSON.stringify(value) === text ? value : null;
  } catch {
    return null;
  }
}

/** What an outcome means; the outcome itself where that is not known. */
export function meaning({ event, outcome }: Later): string {
  if (event === "sent-again") return "sent again";
  if (event !== "answered") return event;
  if (outcome === null) return "answered";
  const known: Record<string, string> = {
    "200": "known already",
    "201": "stored",
    "400": "refused as malformed",
    "401": "refused: who sends was not believed",
    "403": "refused: not allowed",
    "413": "refused as too large",
    "415": "refused: its type",
    "422": "refused: the key was used for another report",
    "429": "asked to wait",
    "503": "asked to wait",
  };
  const words = known[outcome];
  return words === undefined ? outcome : `${outcome}, ${words}`;
}

// The list of streams that this edge offers, read from `streams.json`.
//
// The list comes from the edge itself, yet each address still passes the same check as one from a link: one wrong
// entry is left out and the others stay.

import { choiceFromPath, type Stream } from "./source.ts";

/** More than this is no longer a list to look through; the rest is not shown. */
export const MOST_STREAMS = 200;

/** Reads the body of `streams.json`; throws when it has not the documented shape at all. */
export function parseCatalogue(body: unknown, origin: string): Stream[] {
  const streams = isRecord(body) ? body["streams"] : undefined;
  if (!Array.isArray(streams)) throw new TypeError("streams.json has no list of streams");
  return streams
    .slice(0, MOST_STREAMS)
    .map((entry: unknown) => parseStream(entry, origin))
    .filter((stream) => stream !== null);
}

function parseStream(entry: unknown, origin: string): Stream | null {
  if (!isRecord(entry) || typeof entry["url"] !== "string") return null;
  const choice = choiceFromPath(entry["url"], origin);
  if (choice.kind !== "stream") return null;
  const { title, format, live } = entry;
  return {
    title: typeof title === "string" && title.trim() !== "" ? title.trim() : choice.stream.title,
    url: choice.stream.url,
    format: format === "hls" || format === "dash" ? format : choice.stream.format,
    live: typeof live === "boolean" ? live : null,
  };
}

function isRecord(value: unknown): value is Record<string, unknown> {
  return typeof value === "object" && value !== null;
}

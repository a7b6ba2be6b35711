// What the edge says of itself in `activity.json`, once read and checked.
//
// Every figure may be null: not known. The page then shows a dash instead of a zero that would be a lie.

import { fields, figure } from "../../page/json.ts";

/** The edge's own figures since it started. Counts, bytes, seconds and milliseconds as the names say. */
export interface Activity {
  readonly uptimeSeconds: number | null;
  readonly requests: number | null;
  readonly hits: number | null;
  readonly joins: number | null;
  readonly fills: number | null;
  readonly revalidations: number | null;
  readonly errors: number | null;
  readonly bytesFromCache: number | null;
  readonly bytesFromOrigin: number | null;
  readonly firstByteHitMs: number | null;
  readonly firstByteFillMs: number | null;
  readonly storedObjects: number | null;
  readonly storedBytes: number | null;
  readonly memoryBytes: number | null;
  readonly connections: number | null;
}

/** The share of what viewers got that did not cross the link, and what it is a share of. */
export interface Share {
  readonly part: number;
  readonly whole: number;
  readonly of: "bytes" | "requests";
}

/** Reads the body of `activity.json`; throws when it is not an object. Wrong values count as not known. */
export function parseActivity(body: unknown): Activity {
  const top = fields(body);
  if (top === null) throw new TypeError("activity.json is not an object");
  const first = fields(top["first_byte_ms"]) ?? {};
  return {
    uptimeSeconds: figure(top["uptime_s"]),
    requests: figure(top["requests"]),
    hits: figure(top["hits"]),
    joins: figure(top["joins"]),
    fills: figure(top["fills"]),
    revalidations: figure(top["revalidations"]),
    errors: figure(top["errors"]),
    bytesFromCache: figure(top["bytes_from_cache"]),
    bytesFromOrigin: figure(top["bytes_from_origin"]),
    firstByteHitMs: figure(first["hit"]),
    firstByteFillMs: figure(first["fill"]),
    storedObjects: figure(top["stored_objects"]),
    storedBytes: figure(top["stored_bytes"]),
    memoryBytes: figure(top["memory_bytes"]),
    connections: figure(top["connections"]),
  };
}

/** By bytes where they are known, since bytes are what fills a link; else by requests; else null. */
export function servedHere(activity: Activity): Share | null {
  const { bytesFromCache, bytesFromOrigin, hits, joins, fills } = activity;
  if (bytesFromCache !== null && bytesFromOrigin !== null && bytesFromCache + bytesFromOrigin > 0) {
    return { part: bytesFromCache, whole: bytesFromCache + bytesFromOrigin, of: "bytes" };
  }
  if (hits !== null && joins !== null && fills !== null && hits + joins + fills > 0) {
    return { part: hits + joins, whole: hits + joins + fills, of: "requests" };
  }
  return null;
}

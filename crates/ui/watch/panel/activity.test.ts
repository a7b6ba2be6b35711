import { expect, test } from "vitest";
import { parseActivity, servedHere } from "./activity.ts";

const whole = {
  uptime_s: 12.3, requests: 100, hits: 80, joins: 5, fills: 10, revalidations: 2, errors: 0,
  bytes_from_cache: 300, bytes_from_origin: 100, first_byte_ms: { hit: 0.2, fill: 43 },
  stored_objects: 7, stored_bytes: 123_456, memory_bytes: 1_073_741_824, connections: 3,
};

test("the documented shape is read", () => {
  expect(parseActivity(whole)).toEqual({
    uptimeSeconds: 12.3, requests: 100, hits: 80, joins: 5, fills: 10, revalidations: 2, errors: 0,
    bytesFromCache: 300, bytesFromOrigin: 100, firstByteHitMs: 0.2, firstByteFillMs: 43,
    storedObjects: 7, storedBytes: 123_456, memoryBytes: 1_073_741_824, connections: 3,
  });
});

test("null, missing and wrong figures are not known", () => {
  const activity = parseActivity({ hits: null, joins: "5", fills: -1, errors: Number.NaN, first_byte_ms: null });
  expect(new Set(Object.values(activity))).toEqual(new Set([null]));
});

test.each([null, [], 3, "x"])("%j is refused", (body) => {
  expect(() => parseActivity(body)).toThrow(TypeError);
});

test("the share goes by bytes, then by requests, else it is not known", () => {
  expect(servedHere(parseActivity(whole))).toEqual({ part: 300, whole: 400, of: "bytes" });
  expect(servedHere(parseActivity({ ...whole, bytes_from_cache: null }))).toEqual({ part: 85, whole: 95, of: "requests" });
  expect(servedHere(parseActivity({ hits: 0, joins: 0, fills: 0 }))).toBeNull();
  expect(servedHere(parseActivity({}))).toBeNull();
});

import { expect, test } from "vitest";
import { SegmentTimings, type Timing } from "./timing.ts";

const origin = "http://edge.example";

function timing(path: string, firstByteMs: number, more: Partial<Timing> = {}): Timing {
  return {
    name: origin + path, requestStart: 100, responseStart: 100 + firstByteMs, transferSize: 1_000,
    nextHopProtocol: "http/1.1", ...more,
  };
}

function measured(...timings: Timing[]) {
  const segments = new SegmentTimings(origin);
  timings.forEach((it) => segments.add(it));
  return segments.measured();
}

test("nothing is known before the first segment", () => {
  expect(measured()).toEqual({ segments: 0, medianFirstByteMs: null, protocol: null });
});

test("the median of odd and even counts", () => {
  expect(measured(timing("/a.ts", 5), timing("/b.ts", 1), timing("/c.ts", 3)).medianFirstByteMs).toBe(3);
  expect(measured(timing("/a.ts", 5), timing("/b.m4s", 1)).medianFirstByteMs).toBe(3);
});

test("manifests and the page's own files do not count", () => {
  const others = [timing("/a.m3u8", 1), timing("/a.mpd", 1), timing("/watch/assets/x.ts", 1), timing("/watch", 1)];
  expect(measured(...others).segments).toBe(0);
});

test("segments of another edge count, to which the stream led", () => {
  const elsewhere = timing("", 7, { name: "http://munich.example/watch/a.ts" });
  expect(measured(elsewhere)).toMatchObject({ segments: 1, medianFirstByteMs: 7 });
});

test("a segment from the browser's own cache counts, but measures nothing", () => {
  expect(measured(timing("/a.ts", 1, { transferSize: 0 }))).toMatchObject({ segments: 1, medianFirstByteMs: null });
});

test("the protocol has its usual name", () => {
  expect(measured(timing("/a.ts", 1, { nextHopProtocol: "h3" })).protocol).toBe("HTTP/3");
  expect(measured(timing("/a.ts", 1, { nextHopProtocol: "x/9" })).protocol).toBe("x/9");
});

test("old measurements make room for new ones", () => {
  const many = Array.from({ length: 500 }, (_, n) => timing(`/${n}.ts`, n < 300 ? 1_000 : 2));
  expect(measured(...many)).toMatchObject({ segments: 500, medianFirstByteMs: 2 });
});

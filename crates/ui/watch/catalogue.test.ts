import { expect, test } from "vitest";
import { MOST_STREAMS, parseCatalogue } from "./catalogue.ts";

const origin = "http://edge.example";

test("the documented shape is read", () => {
  const body = { streams: [{ title: "All hands", url: "/live/all/master.m3u8", format: "hls", live: true }] };
  expect(parseCatalogue(body, origin)).toEqual([
    { title: "All hands", url: "/live/all/master.m3u8", format: "hls", live: true },
  ]);
});

test("what is missing is filled in from the address", () => {
  expect(parseCatalogue({ streams: [{ url: "/vod/intro/manifest.mpd" }] }, origin)).toEqual([
    { title: "intro", url: "/vod/intro/manifest.mpd", format: "dash", live: null },
  ]);
});

test("an entry that leads elsewhere is left out, the others stay", () => {
  const streams = [{ title: "x", url: "//elsewhere.example/a.m3u8" }, null, 3, { title: "y", url: "/b.m3u8" }];
  expect(parseCatalogue({ streams }, origin).map((stream) => stream.title)).toEqual(["y"]);
});

test("the list is bounded", () => {
  const streams = Array.from({ length: MOST_STREAMS + 5 }, (_, n) => ({ url: `/v${n}/a.m3u8` }));
  expect(parseCatalogue({ streams }, origin)).toHaveLength(MOST_STREAMS);
});

test.each([null, [], {}, { streams: {} }, "streams"])("%j is refused", (body) => {
  expect(() => parseCatalogue(body, origin)).toThrow(TypeError);
});

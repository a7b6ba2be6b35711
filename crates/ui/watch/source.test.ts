import { describe, expect, test } from "vitest";
import { addressOf, choiceFromPath, choiceFromQuery } from "./source.ts";

const origin = "http://edge.example";

describe("choiceFromQuery", () => {
  test("without src nothing is chosen", () => {
    expect(choiceFromQuery("", origin)).toEqual({ kind: "none" });
    expect(choiceFromQuery("?other=1", origin)).toEqual({ kind: "none" });
  });

  test("a path on this edge is a stream, named by its folder", () => {
    expect(choiceFromQuery("?src=/vod/town%20hall/master.m3u8", origin)).toEqual({
      kind: "stream",
      stream: { title: "town hall", url: "/vod/town%20hall/master.m3u8", format: "hls", live: null },
    });
  });

  test("two streams at once are refused", () => {
    expect(choiceFromQuery("?src=/a.mpd&src=/b.mpd", origin).kind).toBe("refused");
  });
});

describe("choiceFromPath", () => {
  test("the ending tells the format, in either case, and the query stays", () => {
    expect(choiceFromPath("/a/manifest.mpd?x=1", origin)).toMatchObject({ stream: { format: "dash", url: "/a/manifest.mpd?x=1" } });
    expect(choiceFromPath("/a/LIVE.M3U8", origin)).toMatchObject({ stream: { format: "hls" } });
    expect(choiceFromPath("/master.m3u8", origin)).toMatchObject({ stream: { title: "master.m3u8" } });
  });

  test.each([
    "https://elsewhere.example/a.m3u8",
    "//elsewhere.example/a.m3u8",
    "/\\elsewhere.example/a.m3u8",
    "\\/elsewhere.example/a.m3u8",
    "/\t/elsewhere.example/a.m3u8",
    "/\n/elsewhere.example/a.m3u8",
    "/.//elsewhere.example/a.m3u8",
    "/x/..//elsewhere.example/a.m3u8",
    " /a.m3u8",
    "vod/a.m3u8",
    "javascript:alert(1)//a.m3u8",
    "data:,a.m3u8",
    "blob:http://edge.example/a.m3u8",
    "",
    "/a.mp4",
    "/a?x=.m3u8",
    "/a#.m3u8",
  ])("%j is refused with a reason", (value) => {
    const choice = choiceFromPath(value, origin);
    expect(choice.kind).toBe("refused");
    expect(choice).toHaveProperty("reason", expect.stringMatching(/\.$|”\.$/));
  });

  test("a broken escape in the name is shown as it is", () => {
    expect(choiceFromPath("/%E0%A4/a.mpd", origin)).toMatchObject({ stream: { title: "%E0%A4" } });
  });
});

test("a stream's address leads back to the stream", () => {
  const stream = { title: "t", url: "/v/a b&c.m3u8?x=1&y=2", format: "hls", live: true } as const;
  const address = new URL(addressOf(stream, "/watch"), origin);
  expect(choiceFromQuery(address.search, origin)).toMatchObject({ stream: { url: "/v/a%20b&c.m3u8?x=1&y=2" } });
});

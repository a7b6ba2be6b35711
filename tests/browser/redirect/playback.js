// What the page offers below `/go/` plays from where the viewer is sent to, and from there alone.

import assert from "node:assert/strict";
import { after, before, test } from "node:test";
import { AT_THE_OFFICE, ELSEWHERE } from "./town.js";

const SEGMENT = /\.(ts|m4s|mp4)$/;
/** Long enough for a live playlist to be asked for again. */
const LIVE_S = 6;
const RECORDED_S = 2;

export function playback(town) {
  let office = null;
  before(async () => {
    office = await town.office();
  });
  after(() => office?.stop());

  const all = () => town.streams;
  const one = (format) => town.streams.find((stream) => stream.format === format && !stream.live);
  const places = [
    { name: "the edge of the viewer's site", sites: AT_THE_OFFICE, to: () => office.url, streams: all },
    { name: "the origin, for viewers at no site", sites: ELSEWHERE, to: () => town.origin, streams: () => [one("hls"), one("dash")] },
  ];
  for (const { name, sites, to, streams } of places) {
    test(`each stream plays from ${name}`, { concurrency: true }, async (t) => {
      const front = await town.front(sites, office);
      t.after(() => front.stop());
      await Promise.all(streams().map((stream) => t.test(stream.title, () => plays(town, front.url, to(), stream))));
    });
  }
}

async function plays(town, front, place, stream) {
  const viewer = await town.viewer(`${front}/watch`);
  try {
    await viewer.visit();
    await viewer.page.getByRole("link", { name: stream.title }).click();
    await viewer.playsFor(stream.live ? LIVE_S : RECORDED_S);
    const { player, errors, segments } = await viewer.probe();
    assert.equal(player, stream.format);
    assert.deepEqual(errors, []);
    assert.deepEqual(viewer.complaints, []);
    assert.ok(segments >= 2, `${segments} segments`);
    // The panel counts what this browser loaded, wherever it came from.
    await viewer.reads("#my-segments", /^[1-9]/);

    const asked = viewer.requests.filter((url) => url.startsWith("http")).map((url) => new URL(url));
    const media = asked.filter(({ pathname }) => SEGMENT.test(pathname));
    assert.deepEqual([...new Set(media.map(({ origin }) => origin))], [place]);
    // A player asks for the manifest here, and for the rest where it was sent to.
    const here = asked.filter(({ origin, pathname }) => origin === front && !/^\/watch(\/|$)/.test(pathname));
    assert.deepEqual(here.map(({ pathname }) => pathname), [stream.url]);
    assert.deepEqual(asked.filter(({ origin }) => origin !== front && origin !== place), []);
  } finally {
    await viewer.close();
  }
}

// Every form of stream plays, and everything that plays comes from the edge.

import assert from "node:assert/strict";
import { test } from "node:test";

const SEGMENT = /\.(ts|m4s|mp4|m4v|m4a|aac|cmfv|cmfa)$/;
const FORMS = [
  { name: "live HLS", least: 1, is: (stream) => stream.live && stream.format === "hls" },
  { name: "HLS recordings (MPEG-TS and fragmented MP4)", least: 2, is: (stream) => !stream.live && stream.format === "hls" },
  { name: "DASH recordings (number and timeline)", least: 2, is: (stream) => !stream.live && stream.format === "dash" },
];

export function playback(world) {
  test("the demo offers every form, and the page lists each", async (t) => {
    const { streams } = world.addresses;
    for (const { name, least, is } of FORMS) {
      assert.ok(streams.filter(is).length >= least, `${name}: at least ${least}`);
    }
    const viewer = await world.viewer();
    t.after(() => viewer.close());
    await viewer.visit();
    await viewer.page.waitForSelector("#streams a");
    assert.deepEqual(
      await viewer.page.locator("#streams .stream-title").allTextContents(),
      streams.map((stream) => stream.title),
    );
    assert.equal((await viewer.probe()).player, null);
  });

  for (const { name, is } of FORMS) {
    test(`${name}: plays from the edge alone`, async (t) => {
      for (const stream of world.addresses.streams.filter(is)) {
        await t.test(stream.title, () => plays(world, stream));
      }
    });
  }

  test("only the player that is needed is loaded", async (t) => {
    const viewer = await world.viewer();
    t.after(() => viewer.close());
    const stream = world.addresses.streams.find((it) => it.format === "hls");
    await viewer.visit(stream.url);
    await viewer.playsFor(1);
    assert.ok(viewer.requests.some((url) => /\/assets\/hls-/.test(url)));
    assert.ok(!viewer.requests.some((url) => /\/assets\/dash-/.test(url)));
  });

  test("a quality that the viewer chooses is the one that plays", async (t) => {
    for (const format of ["hls", "dash"]) await t.test(format, () => obeys(world, format));
  });

  test("another stream chosen from the list takes over", async (t) => {
    const viewer = await world.viewer();
    t.after(() => viewer.close());
    const hls = world.addresses.streams.find((it) => it.format === "hls" && !it.live);
    const dash = world.addresses.streams.find((it) => it.format === "dash" && !it.live);
    await viewer.visit(hls.url);
    await viewer.playsFor(1);
    await viewer.page.getByRole("link", { name: dash.title }).click();
    await viewer.page.waitForFunction(() => window.spokecastWatch.player === "dash");
    await viewer.playsFor(2);
    assert.equal(new URL(viewer.page.url()).searchParams.get("src"), dash.url);
    await viewer.page.goBack();
    await viewer.page.waitForFunction(() => window.spokecastWatch.player === "hls");
    await viewer.playsFor(1);
    assert.deepEqual(viewer.complaints, []);
  });

  test("where sound needs a click first, it plays without and offers the sound", async (t) => {
    const viewer = await world.viewer();
    t.after(() => viewer.close());
    await viewer.page.addInitScript(forbidSound);
    const stream = world.addresses.streams.find((it) => !it.live);
    await viewer.visit(stream.url);
    await viewer.playsFor(1);
    assert.equal(await viewer.page.evaluate(() => document.querySelector("video").muted), true);
    await viewer.page.getByRole("button", { name: "Sound on" }).click();
    assert.equal(await viewer.page.evaluate(() => document.querySelector("video").muted), false);
    await viewer.playsFor(1);
    assert.deepEqual(viewer.complaints, []);
  });

  test("a live channel shows that it is live, and leads back there", async (t) => {
    const viewer = await world.viewer();
    t.after(() => viewer.close());
    const live = world.addresses.streams.find((it) => it.live);
    await viewer.visit(live.url);
    await viewer.playsFor(2);
    await viewer.reads("#live", /^Live$/);
    await viewer.page.locator("#seek").press("Home");
    await viewer.reads("#live", /^Go to live$/);
    await viewer.page.locator("#live").click();
    await viewer.reads("#live", /^Live$/);
    await viewer.playsFor(1);
  });
}

async function plays(world, stream) {
  const viewer = await world.viewer();
  try {
    await viewer.visit(stream.url);
    await viewer.playsFor(5);
    const { player, errors, segments } = await viewer.probe();
    assert.equal(player, stream.format);
    assert.deepEqual(errors, []);
    assert.ok(segments >= 2, `${segments} segments`);
    assert.deepEqual(viewer.complaints, []);
    viewer.assertNothingAskedElsewhere();
    const bytes = [...viewer.received].filter(([path]) => SEGMENT.test(path)).reduce((sum, [, size]) => sum + size, 0);
    assert.ok(bytes > 10_000, `${bytes} bytes of media came from the edge`);
    await viewer.reads("#title", new RegExp(`^${escaped(stream.title)}$`));
    await viewer.reads("#my-segments", /^[1-9]/);
    await viewer.screenshot(`play-${stream.url.replaceAll(/[^a-z0-9]+/gi, "-")}`);
  } finally {
    await viewer.close();
  }
}

async function obeys(world, format) {
  const viewer = await world.viewer();
  try {
    const stream = world.addresses.streams.find((it) => it.format === format && !it.live);
    await viewer.visit(stream.url);
    await viewer.playsFor(1);
    const options = await viewer.page.locator("#quality option").allTextContents();
    assert.ok(options.length >= 3, `automatic and at least two renditions, not ${options}`);
    const lowest = options.at(-1);
    await viewer.page.locator("#quality").selectOption({ label: lowest });
    const height = Number.parseInt(lowest, 10);
    await viewer.page.waitForFunction((wanted) => document.querySelector("video").videoHeight === wanted, height);
    await viewer.playsFor(1);
    assert.deepEqual((await viewer.probe()).errors, []);
  } finally {
    await viewer.close();
  }
}

/**
 * Runs in the page. A browser driven from outside takes every call for a gesture of its user, so the rule is put in
 * by hand: sound may begin only when the picture runs.
 */
function forbidSound() {
  const { play } = HTMLMediaElement.prototype;
  HTMLMediaElement.prototype.play = function () {
    return this.muted ? play.call(this) : Promise.reject(new DOMException("a gesture is needed", "NotAllowedError"));
  };
}

function escaped(text) {
  return text.replaceAll(/[.*+?^${}()|[\]\\]/g, "\\$&");
}

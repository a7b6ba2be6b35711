// What goes wrong is said, tried again within bounds, and mended without the viewer where it can be.

import assert from "node:assert/strict";
import { test } from "node:test";

export function faults(world) {
  test("an address of another host is refused before any request", async (t) => {
    for (const src of ["https://elsewhere.example/a.m3u8", "//elsewhere.example/a.m3u8", "/\\elsewhere.example/a.m3u8", "/a.mp4"]) {
      await t.test(src, async () => {
        const viewer = await world.viewer();
        try {
          await viewer.visit(src);
          await viewer.reads("#notice-text", /Only streams of this edge|must not have|must end in/);
          await viewer.page.waitForSelector("#streams a");
          viewer.assertNothingAskedElsewhere();
          assert.equal((await viewer.probe()).player, null);
          assert.deepEqual(viewer.complaints, []);
        } finally {
          await viewer.close();
        }
      });
    }
  });

  test("the page carries its policy, and scripts of others do not run", async (t) => {
    const viewer = await world.viewer();
    t.after(() => viewer.close());
    const answer = viewer.page.waitForResponse((it) => new URL(it.url()).pathname.replace(/\/$/, "") === "/watch");
    await viewer.visit();
    const policy = (await (await answer).allHeaders())["content-security-policy"] ?? "";
    assert.match(policy, /^default-src 'none'/);
    assert.doesNotMatch(policy, /unsafe|http/);
  });

  test("a stream that does not exist is told apart from an edge that is away", async (t) => {
    for (const name of ["none.m3u8", "none.mpd"]) {
      await t.test(name, async () => {
        const viewer = await world.viewer();
        try {
          const [stream] = world.addresses.streams.filter((it) => it.url.endsWith(name.slice(4)));
          await viewer.visit(stream.url.replace(/[^/]+$/, name));
          await viewer.reads("#notice-text", /^This stream was not found/);
          assert.equal(await viewer.page.locator("#notice-action").textContent(), "Try again");
        } finally {
          await viewer.close();
        }
      });
    }
  });

  for (const format of ["hls", "dash"]) {
    test(`an edge that stays away is asked a bounded number of times (${format})`, async (t) => {
      const viewer = await world.viewer();
      t.after(() => viewer.close());
      const { page } = viewer;
      const stream = world.addresses.streams.find((it) => it.format === format && !it.live);
      await page.clock.install();
      await page.route(`**${stream.url}`, (route) => route.abort());
      await viewer.visit(stream.url);
      await becomes(page, () => /attempt 1 of 8/.test(document.querySelector("#notice-text").textContent));
      await becomes(page, () => /attempt 3 of 8/.test(document.querySelector("#notice-text").textContent));
      await becomes(page, () => document.querySelector("#notice-action").textContent === "Try again");
      await viewer.reads("#notice-text", /^The edge in this office does not answer\.$/);
      const asked = viewer.requests.filter((url) => url.endsWith(stream.url)).length;
      await page.clock.runFor(120_000);
      assert.equal(viewer.requests.filter((url) => url.endsWith(stream.url)).length, asked);

      await page.unroute(`**${stream.url}`);
      await page.locator("#notice-action").click();
      await becomes(page, () => window.spokecastWatch.segmentsLoaded() > 0);
    });

    test(`a lost connection is told, and playback goes on when it is back (${format})`, async (t) => {
      const viewer = await world.viewer();
      t.after(() => viewer.close());
      const stream = world.addresses.streams.find((it) => it.format === format && !it.live);
      // However short the recording is, it must not lie in the buffer as a whole.
      const link = await cutAfter(viewer.page, format === "hls" ? 3 : 6);
      await viewer.visit(stream.url);
      await viewer.playsFor(1);
      await viewer.setOffline(true);
      await viewer.reads("#notice-text", /the edge in this office/i);
      await viewer.reads("#pulse-text", /^Edge not answering$/);
      link.mended = true;
      await viewer.setOffline(false);
      await viewer.playsFor(2);
      await viewer.reads("#notice-text", /^$|Connected again/);
      await viewer.reads("#pulse-text", /^Edge online$/);
    });
  }
}

/** Lets so many media requests pass and drops the others until the link is mended. */
async function cutAfter(page, passing) {
  const link = { mended: false };
  let passed = 0;
  await page.route(/\.(ts|m4s|mp4|m4v|m4a)$/, (route) => {
    passed += 1;
    return link.mended || passed <= passing ? route.continue() : route.abort();
  });
  return link;
}

/** Moves the page's clock on until the condition holds; each step lets the answers of the network come in. */
async function becomes(page, condition) {
  for (let n = 0; n < 400; n += 1) {
    if (await page.evaluate(condition)) return;
    await page.clock.runFor(500);
  }
  assert.fail(`never: ${condition}`);
}

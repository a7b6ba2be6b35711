// An edge that goes while a stream plays from it: the player is led to the next place, and the video goes on where it was.

import assert from "node:assert/strict";
import { test } from "node:test";
import { AT_THE_OFFICE } from "./town.js";

const SEGMENT = /\.(ts|m4s|mp4)$/;

export function failover(town) {
  for (const format of ["hls", "dash"]) {
    test(`when the office's edge is gone, the video goes on from elsewhere (${format})`, async (t) => {
      const office = await town.office();
      t.after(() => office.stop());
      const front = await town.front(AT_THE_OFFICE, office);
      t.after(() => front.stop());
      const viewer = await town.viewer(`${front.url}/watch`);
      t.after(() => viewer.close());
      const { page } = viewer;
      await page.clock.install();
      await cutAfter(page, office.url, format === "hls" ? 3 : 6);

      const stream = town.streams.find((it) => it.format === format && !it.live);
      await viewer.visit(stream.url);
      // At its own pace: a clock that ran ahead of the video would have the player give up before it has begun.
      await page.waitForFunction(() => window.spokecastWatch.currentTime() > 1);
      await office.stop();
      const left = await viewer.currentTime();
      const isFromElsewhere = () => viewer.requests.some((url) => url.startsWith(town.origin) && SEGMENT.test(url));
      for (let n = 0; n < 1_000 && !isFromElsewhere(); n += 1) await page.clock.runFor(500);
      assert.ok(isFromElsewhere(), (await viewer.probe()).errors.join("\n"));
      await becomes(page, (place) => {
        const video = document.querySelector("video");
        return !video.paused && video.currentTime > place + 1;
      }, left);
      assert.equal((await viewer.probe()).player, format);
    });
  }
}

/** Lets so many media requests to `place` pass, so that not all of a short recording lies in the buffer. */
async function cutAfter(page, place, passing) {
  let passed = 0;
  await page.route((url) => url.origin === place && SEGMENT.test(url.pathname), (route) => {
    passed += 1;
    return passed <= passing ? route.continue() : route.abort();
  });
}

/** Moves the page's clock on until the condition holds. */
async function becomes(page, condition, argument) {
  for (let n = 0; n < 400; n += 1) {
    if (await page.evaluate(condition, argument)) return;
    await page.clock.runFor(500);
  }
  assert.fail(`never: ${condition}`);
}

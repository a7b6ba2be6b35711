// Everything can be done without a pointer.

import assert from "node:assert/strict";
import { test } from "node:test";

const MOST_TABS = 40;

export function keyboard(world) {
  test("tab to the list, Enter plays, and the controls answer", async (t) => {
    const viewer = await world.viewer();
    t.after(() => viewer.close());
    const { page } = viewer;
    await viewer.visit();
    await page.waitForSelector("#streams a");
    const stream = world.addresses.streams.find((it) => !it.live);
    await tabTo(page, `#streams a[href*="${encodeURIComponent(stream.url)}"]`);
    await page.keyboard.press("Enter");
    await viewer.playsFor(2);

    await shiftTabTo(page, "#play");
    await page.keyboard.press("Space");
    await page.waitForFunction(() => document.querySelector("video").paused);
    await page.waitForSelector('#play[aria-label="Play"]');
    await page.keyboard.press("k");
    await page.waitForFunction(() => !document.querySelector("video").paused);

    await page.keyboard.press("m");
    await page.waitForFunction(() => document.querySelector("video").muted);
    await page.waitForSelector('#mute[aria-label="Unmute"]');

    await tabTo(page, "#speed");
    await page.keyboard.press("End");
    await page.keyboard.press("Enter");
    await page.waitForFunction(() => document.querySelector("video").playbackRate === 2);

    await shiftTabTo(page, "#seek");
    const before = await viewer.currentTime();
    await page.keyboard.press("PageUp");
    await page.waitForFunction((least) => window.spokecastWatch.currentTime() >= least, before + 20);

    await tabTo(page, "#full-screen");
    await page.keyboard.press("Enter");
    await page.waitForFunction(() => document.fullscreenElement?.id === "player");
    await page.keyboard.press("f");
    await page.waitForFunction(() => document.fullscreenElement === null);
    assert.deepEqual(viewer.complaints, []);
  });

  test("the focus can be seen on everything that takes it", async (t) => {
    const viewer = await world.viewer();
    t.after(() => viewer.close());
    const { page } = viewer;
    await viewer.visit(world.addresses.streams.find((it) => !it.live).url);
    await viewer.playsFor(1);
    const seen = new Set();
    for (let n = 0; n < MOST_TABS; n += 1) {
      await page.keyboard.press("Tab");
      const focus = await page.evaluate(() => {
        const at = document.activeElement;
        const { outlineStyle, outlineWidth } = getComputedStyle(at);
        const name = at.id || at.getAttribute("href") || at.textContent.trim();
        return at === document.body ? null : { name, visible: outlineStyle !== "none" && parseFloat(outlineWidth) >= 2 };
      });
      if (focus === null) break;
      assert.ok(focus.visible, `no focus to be seen on ${focus.name}`);
      seen.add(focus.name);
    }
    for (const id of ["play", "mute", "volume", "seek", "quality", "speed", "full-screen"]) {
      assert.ok(seen.has(id), `${id} is reached by Tab`);
    }
  });

  test("short keys are silent outside the player", async (t) => {
    const viewer = await world.viewer();
    t.after(() => viewer.close());
    const { page } = viewer;
    await viewer.visit(world.addresses.streams.find((it) => !it.live).url);
    await viewer.playsFor(1);
    const state = () => page.evaluate(() => [document.querySelector("video").muted, document.querySelector("video").paused]);
    const before = await state();
    await page.locator(".brand").focus();
    await page.keyboard.press("m");
    await page.keyboard.press("k");
    assert.deepEqual(await state(), before);
    // The same keys do act inside, so the test above could fail.
    await page.locator("#play").focus();
    await page.keyboard.press("k");
    await page.waitForFunction(() => document.querySelector("video").paused);
  });
}

function tabTo(page, selector) {
  return press(page, "Tab", selector);
}

function shiftTabTo(page, selector) {
  return press(page, "Shift+Tab", selector);
}

async function press(page, key, selector) {
  for (let n = 0; n < MOST_TABS; n += 1) {
    await page.keyboard.press(key);
    if (await page.evaluate((where) => document.activeElement?.matches(where) ?? false, selector)) return;
  }
  assert.fail(`${key} does not lead to ${selector}`);
}

// No finding of axe in either theme, at desktop and phone width, in each state of the page.

import assert from "node:assert/strict";
import { test } from "node:test";

const SIZES = { desktop: { width: 1280, height: 800 }, phone: { width: 360, height: 780 } };
const STATES = {
  idle: async (viewer) => {
    await viewer.visit();
    await viewer.page.waitForSelector("#streams a");
  },
  playing: async (viewer, world) => {
    await viewer.visit(world.addresses.streams.find((it) => it.live).url);
    await viewer.playsFor(2);
    await viewer.reads("#share", /%/);
    await viewer.page.locator(".chart summary").click();
    await viewer.page.locator("footer summary").click();
  },
  refused: async (viewer) => {
    await viewer.visit("https://elsewhere.example/a.m3u8");
    await viewer.page.waitForSelector("#streams a");
  },
};

export function accessibility(world) {
  for (const colorScheme of ["light", "dark"]) {
    for (const [size, viewport] of Object.entries(SIZES)) {
      for (const [state, enter] of Object.entries(STATES)) {
        test(`${state}, ${colorScheme}, ${size}`, async (t) => {
          const viewer = await world.viewer({ colorScheme, viewport });
          t.after(() => viewer.close());
          await viewer.withAxe();
          await enter(viewer, world);
          assert.deepEqual(await viewer.violations(), []);
          await viewer.screenshot(`${state}-${colorScheme}-${size}`);
        });
      }
    }
  }

  test("nothing is cut off or scrolls sideways, down to 320 pixels", async (t) => {
    for (const width of [320, 360, 768, 1280, 2560]) {
      const viewer = await world.viewer({ viewport: { width, height: 800 } });
      t.after(() => viewer.close());
      await STATES.playing(viewer, world);
      assert.equal(await viewer.page.evaluate(() => document.documentElement.scrollWidth), width);
    }
  });
}

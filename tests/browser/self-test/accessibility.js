// No finding of axe in either theme, at desktop and phone width, and nothing wider than the window.

import assert from "node:assert/strict";
import { test } from "node:test";
import { settled } from "./findings.js";

const SIZES = { desktop: { width: 1280, height: 800 }, phone: { width: 360, height: 780 } };
const STATES = {
  done: async (viewer) => {
    await viewer.visit();
    await settled(viewer);
  },
  running: async (viewer) => {
    await viewer.page.route("**/self-test.json", () => undefined);
    await viewer.visit();
    await viewer.page.waitForSelector("#browser[data-verdict='ok']");
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
          await enter(viewer);
          assert.deepEqual(await viewer.violations(), []);
          await viewer.screenshot(`self-test-${state}-${colorScheme}-${size}`);
        });
      }
    }
  }

  test("nothing is cut off or scrolls sideways, down to 320 pixels", async (t) => {
    for (const width of [320, 360, 640, 768, 1040, 1280, 2560]) {
      const viewer = await world.viewer({ viewport: { width, height: 800 } });
      t.after(() => viewer.close());
      await STATES.done(viewer);
      assert.equal(await viewer.page.evaluate(() => document.documentElement.scrollWidth), width);
    }
  });
}

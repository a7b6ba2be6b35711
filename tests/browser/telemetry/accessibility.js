// No finding of axe in either theme, at desktop and phone width, and nothing wider than the window.

import assert from "node:assert/strict";
import { test } from "node:test";
import { busy, CLOSED, reportsOnly, TOWN_HALL } from "./figures.js";
import { tell } from "./world.js";

const SIZES = { desktop: { width: 1280, height: 900 }, phone: { width: 360, height: 780 } };
const CHOSEN = `#window=${encodeURIComponent(CLOSED)}&entry=${TOWN_HALL}`;
const NOWHERE = { upstream: null, spool: null };
const STATES = {
  chosen: { answer: busy(), fragment: CHOSEN },
  newest: { answer: busy() },
  reports: { answer: reportsOnly(busy()), fragment: CHOSEN },
  empty: { answer: busy({ ...NOWHERE, windows: [] }) },
  off: { answer: busy({ ...NOWHERE, enabled: false, windows: [] }) },
  gone: { answer: null },
};

export function accessibility(world) {
  for (const colorScheme of ["light", "dark"]) {
    for (const [size, viewport] of Object.entries(SIZES)) {
      for (const [state, { answer, fragment = "" }] of Object.entries(STATES)) {
        test(`${state}, ${colorScheme}, ${size}`, async (t) => {
          const operator = await world.operator({ colorScheme, viewport });
          t.after(() => operator.close());
          await operator.withAxe();
          await enter(operator, world, answer, fragment);
          assert.deepEqual(await operator.violations(), []);
          await operator.screenshot(`telemetry-${state}-${colorScheme}-${size}`);
        });
      }
    }
  }

  test("nothing is cut off or scrolls sideways, down to 320 pixels", async (t) => {
    for (const width of [320, 360, 640, 768, 1040, 1280, 2560]) {
      const operator = await world.operator({ viewport: { width, height: 800 } });
      t.after(() => operator.close());
      await enter(operator, world, busy(), CHOSEN);
      await operator.page.locator("#windows summary").click();
      assert.equal(await operator.page.evaluate(() => document.documentElement.scrollWidth), width);
    }
  });
}

async function enter(operator, world, answer, fragment) {
  await tell(operator, answer);
  await operator.page.goto(`${world.admin}/telemetry${fragment}`);
  await operator.page.waitForSelector(answer === null ? "#trouble-box:not([hidden])" : "#content:not([hidden])");
  if (fragment !== "") await operator.page.waitForSelector("#segments-rows tr");
}

// No finding of axe in either theme, at desktop and phone width, and nothing wider than the window.

import assert from "node:assert/strict";
import { test } from "node:test";
import { tellSent } from "../telemetry/world.js";
import { recordOf } from "./records.js";

const SIZES = { desktop: { width: 1280, height: 900 }, phone: { width: 360, height: 780 } };
const STATES = { some: [recordOf(0), recordOf(1)], none: [], gone: null };

export function accessibility(world) {
  for (const colorScheme of ["light", "dark"]) {
    for (const [size, viewport] of Object.entries(SIZES)) {
      for (const [state, records] of Object.entries(STATES)) {
        test(`${state}, ${colorScheme}, ${size}`, async (t) => {
          const operator = await world.operator({ colorScheme, viewport });
          t.after(() => operator.close());
          await operator.withAxe();
          await enter(operator, records);
          assert.deepEqual(await operator.violations(), []);
          await operator.screenshot(`sent-${state}-${colorScheme}-${size}`);
        });
      }
    }
  }

  test("nothing is cut off or scrolls sideways, down to 320 pixels", async (t) => {
    for (const width of [320, 360, 640, 900, 1280, 2560]) {
      const operator = await world.operator({ viewport: { width, height: 800 } });
      t.after(() => operator.close());
      await enter(operator, STATES.some);
      assert.equal(await operator.page.evaluate(() => document.documentElement.scrollWidth), width);
    }
  });
}

async function enter(operator, records) {
  await tellSent(operator, records);
  await operator.visit();
  await operator.page.waitForSelector(records === null ? "#trouble-box:not([hidden])" : records.length === 0 ? "#nothing:not([hidden])" : ".report");
  if (records?.length > 0) await operator.page.locator(".fields summary").first().click();
}

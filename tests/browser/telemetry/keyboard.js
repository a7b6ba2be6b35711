// Everything can be done without a pointer, and where the focus is can be seen.

import assert from "node:assert/strict";
import { test } from "node:test";
import { CLOSED, TOWN_HALL } from "./figures.js";
import { tell } from "./world.js";

const MOST_TABS = 60;

export function keyboard(world) {
  test("choose a window, an entry, and close it again", async (t) => {
    const operator = await world.operator({ viewport: { width: 360, height: 780 } });
    t.after(() => operator.close());
    const { page } = operator;
    await tell(operator);
    await operator.visit();
    await page.waitForSelector("#entries-rows tr");
    await tabTo(page, "#earlier");
    await page.keyboard.press("Enter");
    assert.equal(await page.locator("#window").inputValue(), CLOSED);
    await tabTo(page, "#window");
    await tabTo(page, "#windows summary");
    await page.keyboard.press("Enter");
    assert.ok(await page.locator("#windows-rows").isVisible());
    await tabTo(page, ".entry");
    await page.keyboard.press("Space");
    await page.waitForSelector("#segments-rows tr");
    assert.equal(await page.locator("#segments-title").textContent(), TOWN_HALL);
    await tabTo(page, "#segments-close");
    await page.keyboard.press("Enter");
    assert.equal(await page.evaluate(() => document.activeElement.textContent), TOWN_HALL, "back to where they chose from");
  });

  test("the switch says what it is and does", async (t) => {
    const operator = await world.operator();
    t.after(() => operator.close());
    await tell(operator);
    await operator.visit();
    await operator.page.waitForSelector("#entries-rows tr");
    const held = operator.page.getByRole("switch", { name: "Update by itself", checked: true });
    await held.focus();
    await operator.page.keyboard.press("Space");
    assert.equal(await operator.page.getByRole("switch", { name: "Update by itself", checked: false }).count(), 1);
  });
}

/** Presses Tab until the focus is there; wherever it is on the way can be seen. */
async function tabTo(page, selector) {
  for (let n = 0; n < MOST_TABS; n += 1) {
    await page.keyboard.press("Tab");
    const focus = await page.evaluate((where) => {
      const { outlineStyle, outlineWidth } = getComputedStyle(document.activeElement);
      const visible = outlineStyle !== "none" && parseFloat(outlineWidth) >= 2;
      return { there: document.activeElement.matches(where), visible, name: document.activeElement.outerHTML.slice(0, 80) };
    }, selector);
    assert.ok(focus.visible, `no focus to be seen on ${focus.name}`);
    if (focus.there) return;
  }
  assert.fail(`Tab does not lead to ${selector}`);
}

// The text for the helpdesk: all findings, no address, and into the clipboard by one key.

import assert from "node:assert/strict";
import { test } from "node:test";
import { settled } from "./findings.js";

const MOST_TABS = 20;
const ADDRESSES = [/\d+\.\d+\.\d+\.\d+/, /[0-9a-f]*:[0-9a-f]*:[0-9a-f:]*/i, /localhost/];

export function handover(world) {
  test("the text has every finding, time and version, and no address", async (t) => {
    const viewer = await world.viewer();
    t.after(() => viewer.close());
    await viewer.visit();
    await settled(viewer);
    const text = await viewer.page.locator("#text").inputValue();
    const names = await viewer.page.locator(".finding h2").allTextContents();
    assert.equal(names.length, 7);
    for (const name of names) assert.match(text, new RegExp(`^${name}: (OK|Look at this|Not known)$`, "m"));
    assert.match(text, /^Time: \d{4}-\d\d-\d\d \d\d:\d\d UTC$/m);
    assert.match(text, /^Edge version: \d+\.\d+\.\d+$/m);
    const shown = await viewer.page.evaluate(() => document.body.innerText);
    for (const address of ADDRESSES) {
      assert.doesNotMatch(text, address);
      assert.doesNotMatch(shown, address);
    }
  });

  test("by keyboard alone: measure again, and copy", async (t) => {
    const viewer = await world.viewer({ permissions: ["clipboard-read", "clipboard-write"] });
    t.after(() => viewer.close());
    const { page } = viewer;
    await viewer.visit();
    await settled(viewer);
    await press(page, "Tab", "#again");
    await page.keyboard.press("Enter");
    await page.waitForFunction(() => document.querySelector("#again").ariaDisabled === "false");
    await settled(viewer);
    assert.ok(await page.evaluate(() => document.activeElement.id === "again"), "the button keeps the focus");
    await press(page, "Shift+Tab", "#copy");
    await page.keyboard.press("Space");
    await viewer.reads("#copied", /^Copied\.$/);
    const copied = await page.evaluate(() => navigator.clipboard.readText());
    assert.equal(copied.replaceAll("\r\n", "\n"), await page.locator("#text").inputValue());
  });

  test("where the browser has no clipboard, the text is selected", async (t) => {
    const viewer = await world.viewer();
    t.after(() => viewer.close());
    await viewer.page.addInitScript(() => Object.defineProperty(navigator, "clipboard", { value: undefined }));
    await viewer.visit();
    await settled(viewer);
    await viewer.page.locator("#copy").click();
    await viewer.reads("#copied", /selected/);
    const all = await viewer.page.evaluate(() => {
      const { id, value, selectionStart, selectionEnd } = document.activeElement;
      return id === "text" && selectionStart === 0 && selectionEnd === value.length;
    });
    assert.ok(all);
  });
}

async function press(page, key, selector) {
  for (let n = 0; n < MOST_TABS; n += 1) {
    await page.keyboard.press(key);
    const focus = await page.evaluate((where) => {
      const { outlineStyle, outlineWidth } = getComputedStyle(document.activeElement);
      const visible = outlineStyle !== "none" && parseFloat(outlineWidth) >= 2;
      return { there: document.activeElement.matches(where), visible, name: document.activeElement.outerHTML.slice(0, 80) };
    }, selector);
    assert.ok(focus.visible, `no focus to be seen on ${focus.name}`);
    if (focus.there) return;
  }
  assert.fail(`${key} does not lead to ${selector}`);
}

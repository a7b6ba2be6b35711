// The page follows the edge, and what the reader looks at stays where it is.

import assert from "node:assert/strict";
import { test } from "node:test";
import { bucketOf, busy, CLOSED, RUNNING, TOWN_HALL } from "./figures.js";
import { freeze, tell } from "./world.js";

const EVERY_MS = 5_000;

export function updates(world) {
  const opened = async (t, fragment = "") => {
    const operator = await world.operator();
    t.after(() => operator.close());
    await freeze(operator);
    const said = await tell(operator);
    await operator.page.goto(`${world.admin}/telemetry${fragment}`);
    await operator.page.waitForSelector("#entries-rows tr");
    return { operator, said };
  };

  test("figures change in place: rows, focus and scroll stay", async (t) => {
    const { operator, said } = await opened(t, `#window=${CLOSED}`);
    const { page } = operator;
    const names = () => page.locator(".entry").allTextContents();
    const before = await names();
    await page.locator(".entry").nth(1).focus();
    await page.evaluate(() => {
      window.scrollTo(0, 300);
      window.kept = [...document.querySelectorAll("#entries-rows tr")];
    });
    const top = await page.evaluate(() => window.scrollY);
    // The last becomes the first, and there is a new one.
    said.answer = changed(said.answer, CLOSED, (entries) => [
      { entry_id: "1_newcomer", count: 9_999, leaves: 9_999 },
      ...entries.toReversed().map((entry, n) => ({ ...entry, count: 5_000 - n })),
    ]);
    await page.clock.runFor(EVERY_MS);
    await operator.reads("#entries-rows", /9,999/);
    assert.deepEqual(await names(), [...before, "1_newcomer"]);
    assert.equal(await page.evaluate(() => document.activeElement.textContent), before[1]);
    assert.equal(await page.evaluate(() => window.scrollY), top);
    assert.ok(await page.evaluate(() => window.kept.every((row) => row.isConnected)), "the rows are the same elements");
    // Until the reader wants them in order.
    await page.locator("#entries-sort").click();
    assert.deepEqual(await names(), ["1_newcomer", ...before.toReversed()]);
    assert.equal(await page.locator("#entries-sort").isVisible(), false);
    assert.equal(await page.evaluate(() => document.activeElement.textContent), "1_newcomer");
  });

  test("a window that begins takes nobody along, and can be gone to", async (t) => {
    const { operator, said } = await opened(t, `#window=${RUNNING}&entry=${TOWN_HALL}`);
    await operator.page.waitForSelector("#segments-rows tr");
    assert.equal(await operator.page.locator("#newer-box").isVisible(), false);
    const [running, ...others] = said.answer.windows;
    const next = { ...running, bucket: bucketOf(Date.parse("2026-11-21T10:30Z")) };
    said.answer = busy({ windows: [next, { ...running, state: "closed" }, ...others] });
    await operator.page.clock.runFor(EVERY_MS);
    await operator.reads("#newer", /^A newer window has begun: Sat 21 Nov, 11:30 to 11:45\.$/);
    assert.equal(await operator.page.locator("#window").inputValue(), RUNNING);
    assert.match(await operator.page.locator("#entries-window").textContent(), /11:15 to 11:30, [\d,]+ requests/);
    await operator.page.locator("#newer-show").click();
    assert.equal(await operator.page.locator("#window").inputValue(), next.bucket);
    assert.equal(await operator.page.locator("#newer-box").isVisible(), false);
    assert.equal(await operator.page.evaluate(() => document.activeElement.id), "window");
  });

  test("hidden or held, nothing is asked", async (t) => {
    const { operator, said } = await opened(t);
    const { page } = operator;
    await look(page, "hidden");
    const before = said.asked.length;
    await page.clock.runFor(20 * EVERY_MS);
    assert.equal(said.asked.length, before);
    await look(page, "visible");
    await page.clock.runFor(100);
    await until(() => said.asked.length > before);
    const held = page.locator("#follow");
    await held.click();
    assert.equal(await held.getAttribute("aria-checked"), "false");
    assert.match(await page.locator("#as-of").textContent(), /^Held at \d\d:\d\d:\d\d$/);
    const asked = said.asked.length;
    await page.clock.runFor(20 * EVERY_MS);
    assert.equal(said.asked.length, asked);
    // What the reader asks for is asked.
    await page.locator(".entry").first().click();
    await page.waitForSelector("#segments-rows tr");
    await held.click();
    await page.clock.runFor(100);
    await until(() => said.asked.length > asked + 2);
    assert.match(await page.locator("#as-of").textContent(), /^As of/);
  });

  test("an edge that is gone is said to be, asked ever more seldom, and found again", async (t) => {
    const { operator, said } = await opened(t);
    const { page } = operator;
    const rows = await page.locator("#entries-rows").textContent();
    said.answer = null;
    await page.clock.runFor(EVERY_MS);
    await operator.reads("#trouble", /^The edge does not answer\. What stands here is of \d\d:\d\d:\d\d\. It is asked again in 1 second\.$/);
    const asked = said.asked.length;
    for (let n = 0; n < 40; n += 1) {
      await page.clock.runFor(1_500);
      await page.evaluate(() => new Promise((resolve) => requestIdleCallback(resolve)));
    }
    assert.ok(said.asked.length > asked && said.asked.length < asked + 12, `${said.asked.length - asked} times in a minute`);
    assert.match(await page.locator("#trouble").textContent(), /in 1\d seconds\.$/);
    assert.equal(await page.locator("#entries-rows").textContent(), rows, "what was there stays");
    said.answer = busy();
    await page.locator("#retry").click();
    await page.waitForSelector("#trouble-box", { state: "hidden" });
    assert.equal(await page.locator("#trouble").textContent(), "");
  });

  test("an edge that was never there", async (t) => {
    const operator = await world.operator();
    t.after(() => operator.close());
    const said = await tell(operator, null);
    await operator.visit();
    await operator.reads("#trouble", /^The edge does not answer\. It is asked again in/);
    assert.equal(await operator.page.locator("#content").isVisible(), false);
    said.answer = busy();
    await operator.page.locator("#retry").click();
    await operator.page.waitForSelector("#entries-rows tr");
  });
}

function changed(answer, bucket, change) {
  const windows = answer.windows.map((window) => (window.bucket === bucket ? { ...window, entries: change(window.entries) } : window));
  return { ...answer, windows };
}

function look(page, state) {
  return page.evaluate((value) => {
    Object.defineProperty(document, "visibilityState", { value, configurable: true });
    document.dispatchEvent(new Event("visibilitychange"));
  }, state);
}

/** Waits for what happens on this side of the browser. */
async function until(isSo) {
  const end = Date.now() + 20_000;
  while (!isSo()) {
    assert.ok(Date.now() < end, "it did not happen in time");
    await new Promise((resolve) => setTimeout(resolve, 5));
  }
}

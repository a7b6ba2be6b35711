// The newest first, older ones when they are asked for, and what is said when there are none.

import assert from "node:assert/strict";
import { test } from "node:test";
import { tellSent } from "../telemetry/world.js";
import { recordOf } from "./records.js";

export function paging(world) {
  const opened = async (t, records, options) => {
    const operator = await world.operator(options);
    t.after(() => operator.close());
    const said = await tellSent(operator, records);
    await operator.visit();
    return { operator, said, keys: () => operator.page.locator(".key").allTextContents() };
  };
  const records = Array.from({ length: 25 }, (_, n) => recordOf(n));

  test("older reports come below, each once, to the last", async (t) => {
    const { operator, said, keys } = await opened(t, records);
    await operator.page.waitForSelector(".report");
    assert.equal((await keys()).length, 10);
    await operator.page.locator("#older").focus();
    await operator.page.keyboard.press("Enter");
    await operator.reads("#told", /^20 reports are shown\.$/);
    assert.equal(await operator.page.evaluate(() => document.activeElement.id), "older", "the focus stays");
    await operator.page.keyboard.press("Enter");
    await operator.reads("#told", /^That is all that is kept: 25 reports\.$/);
    assert.deepEqual(await keys(), records.map(({ key }) => key));
    assert.equal(await operator.page.locator("#older").isVisible(), false);
    assert.equal(await operator.page.evaluate(() => document.activeElement.id), "reports");
    assert.deepEqual(said.asked.map(({ before }) => before), [null, "10", "20"]);
  });

  test("nothing has left", async (t) => {
    const { operator } = await opened(t, []);
    await operator.page.waitForSelector("#nothing:not([hidden])");
    assert.equal(await operator.page.locator("#nothing h2").textContent(), "Nothing has left this site.");
    assert.deepEqual([await operator.page.locator("#download").isVisible(), await operator.page.locator("#older").isVisible()], [false, false]);
  });

  test("all that is kept can be downloaded", async (t) => {
    const { operator } = await opened(t, [recordOf(0)]);
    const link = operator.page.getByRole("link", { name: "Download all that is kept" });
    assert.deepEqual([await link.getAttribute("href"), await link.getAttribute("download")], ["/telemetry/sent.jsonl", "sent.jsonl"]);
  });

  test("without an answer the page does not say that nothing left", async (t) => {
    const { operator, said } = await opened(t, null);
    await operator.reads("#trouble", /^The edge gave no answer that this page can read\.$/);
    assert.equal(await operator.page.locator("#nothing").isVisible(), false);
    said.records = records;
    await operator.page.locator("#retry").click();
    await operator.page.waitForSelector(".report");
    said.records = null;
    await operator.page.locator("#older").click();
    await operator.page.waitForSelector("#trouble-box:not([hidden])");
    said.records = records;
    await operator.page.locator("#retry").click();
    await operator.reads("#told", /^20 reports are shown\.$/);
    assert.equal(await operator.page.locator("#trouble-box").isVisible(), false);
  });

  test("without JavaScript the page says where the data are", async (t) => {
    const { operator } = await opened(t, [], { javaScriptEnabled: false });
    assert.equal(await operator.page.locator(".noscript-note a").getAttribute("href"), "/telemetry/sent.jsonl");
  });
}

// One thing that does not work takes no other with it.

import assert from "node:assert/strict";
import { test } from "node:test";
import { finding, settled } from "./findings.js";

export function faults(world) {
  test("without the edge's own answer the rest is told", async (t) => {
    for (const fault of [(route) => route.abort(), (route) => route.fulfill({ status: 200, body: "<p>sign in" })]) {
      const viewer = await world.viewer();
      t.after(() => viewer.close());
      await viewer.page.route("**/self-test.json", fault);
      await viewer.visit();
      await settled(viewer);
      for (const check of ["site", "proxy"]) assert.equal((await finding(viewer, check)).verdict, "unknown", check);
      assert.equal((await finding(viewer, "protocol")).details.Browser, "HTTP/1.1");
      assert.equal((await finding(viewer, "roundTrip")).details.Answered, "10 of 10");
      assert.equal((await finding(viewer, "connection")).answer, "Not encrypted");
      assert.match(await viewer.page.locator("#text").inputValue(), /^Edge version: not known$/m);
    }
  });

  test("lost questions are counted", async (t) => {
    const viewer = await world.viewer();
    t.after(() => viewer.close());
    let asked = 0;
    await viewer.page.route("**/self-test/ping", (route) => ((asked += 1) % 2 === 0 ? route.abort() : route.continue()));
    await viewer.visit();
    await settled(viewer);
    const { verdict, details } = await finding(viewer, "roundTrip");
    assert.deepEqual([verdict, details.Answered], ["look", "5 of 10"]);
  });

  test("a browser without permissions, codecs and timings is told of as it is", async (t) => {
    const viewer = await world.viewer();
    t.after(() => viewer.close());
    await viewer.page.addInitScript(() => {
      Object.defineProperty(navigator, "permissions", { value: undefined });
      performance.getEntriesByType = performance.getEntriesByName = undefined;
      delete window.MediaSource;
      HTMLMediaElement.prototype.canPlayType = () => "";
    });
    await viewer.visit();
    await settled(viewer);
    assert.equal((await finding(viewer, "localNetwork")).details.Permission, "not supported by this browser");
    assert.equal((await finding(viewer, "browser")).verdict, "look");
    assert.equal((await finding(viewer, "protocol")).details.Browser, "does not tell");
    assert.equal((await finding(viewer, "roundTrip")).details.Answered, "10 of 10");
  });

  test("without JavaScript the page says where the data are", async (t) => {
    const viewer = await world.viewer({ javaScriptEnabled: false });
    t.after(() => viewer.close());
    await viewer.visit();
    const link = viewer.page.locator("noscript a, .noscript-note a");
    assert.equal(await link.getAttribute("href"), "/self-test.json");
    assert.equal(await viewer.page.locator("#copy").isVisible(), false);
    await link.click();
    assert.match(await viewer.page.content(), /"protocol":"HTTP\/1\.1"/);
  });
}

// The panel shows the edge's own figures, and they follow what happens.

import assert from "node:assert/strict";
import { test } from "node:test";

export function activity(world) {
  test("the figures grow while a stream plays", async (t) => {
    const viewer = await world.viewer();
    t.after(() => viewer.close());
    const stream = world.addresses.streams.find((it) => it.live);
    await viewer.visit(stream.url);
    await viewer.reads("#requests", /^[1-9]/);
    const before = await figure(viewer, "#requests");
    await viewer.playsFor(3);
    await viewer.page.waitForFunction(
      (least) => Number(document.querySelector("#requests").textContent.replaceAll(",", "")) > least,
      before,
    );
    await viewer.reads("#share", /^(100|\d{1,2}\.\d) %$/);
    await viewer.reads("#bytes-link", /^[\d.]+ [kMG]?B$/);
    await viewer.reads("#pulse-text", /^Edge online$/);
    assert.equal(await viewer.page.locator("#chart-office, #chart-link").count(), 2);
  });

  test("a second viewer is served from the office", async (t) => {
    const stream = world.addresses.streams.find((it) => it.format === "hls" && !it.live);
    const first = await world.viewer();
    t.after(() => first.close());
    await first.visit(stream.url);
    await first.playsFor(3);
    await first.reads("#hits", /^\d/);
    const before = await figure(first, "#hits");
    const second = await world.viewer();
    t.after(() => second.close());
    await second.visit(stream.url);
    await second.playsFor(3);
    await second.page.waitForFunction(
      (least) => Number(document.querySelector("#hits").textContent.replaceAll(",", "")) > least,
      before,
    );
  });

  test("nobody looks, nothing is asked", async (t) => {
    const viewer = await world.viewer();
    t.after(() => viewer.close());
    await viewer.page.clock.install();
    await viewer.visit();
    const asked = () => viewer.requests.filter((url) => url.endsWith("/watch/activity.json")).length;
    await viewer.reads("#uptime", /\d/);
    await look(viewer, "hidden");
    const before = asked();
    await viewer.page.clock.runFor(30_000);
    assert.equal(asked(), before);
    const request = viewer.page.waitForRequest(/activity\.json$/);
    await look(viewer, "visible");
    await viewer.page.clock.runFor(100);
    await request;
  });

  test("an edge without figures has no panel", async (t) => {
    const viewer = await world.viewer();
    t.after(() => viewer.close());
    await viewer.page.route("**/activity.json", (route) => route.fulfill({ status: 404 }));
    const answer = viewer.page.waitForResponse(/activity\.json$/);
    await viewer.visit();
    await answer;
    await viewer.page.waitForSelector("#streams a");
    assert.equal(await viewer.page.locator("#panel").isVisible(), false);
  });
}

async function figure(viewer, selector) {
  return Number((await viewer.page.locator(selector).textContent()).replaceAll(",", ""));
}

function look(viewer, state) {
  return viewer.page.evaluate((value) => {
    Object.defineProperty(document, "visibilityState", { value, configurable: true });
    document.dispatchEvent(new Event("visibilitychange"));
  }, state);
}

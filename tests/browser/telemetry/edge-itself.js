// The page over what the edge itself says, of what a player of these tests asked for.

import assert from "node:assert/strict";
import { after, before, test } from "node:test";
import { Program } from "../program.js";
import { launch, Viewer } from "../viewer.js";

export function edgeItself() {
  let program = null;
  let browser = null;

  before(async () => {
    program = await Program.start();
    browser = await launch();
  });

  after(async () => {
    await browser?.close();
    await program?.stop();
  });

  test("what a player asked for stands on the page", async (t) => {
    const { admin, watch, streams } = program.addresses;
    const player = await Viewer.open(browser, watch);
    t.after(() => player.close());
    await player.visit(streams.find((stream) => stream.format === "hls" && !stream.live).url);
    await player.playsFor(3);
    const operator = await Viewer.open(browser, `${admin}/telemetry`);
    t.after(() => operator.close());
    await operator.visit();
    await operator.reads("#recorded", /^[1-9]/);
    await operator.page.waitForSelector("#entries-rows tr");
    await operator.reads("#destination", /^Nothing leaves this site\.$/);
    await operator.page.locator(".entry").first().click();
    await operator.page.waitForSelector("#segments-rows tr");
    // One viewer is fewer than any threshold.
    assert.match(await operator.page.locator("#segments-sum").textContent(), /would leave: none/);
    assert.deepEqual(operator.complaints, []);
    operator.assertNothingAskedElsewhere();
  });

  test("nothing has left", async (t) => {
    const operator = await Viewer.open(browser, `${program.addresses.admin}/telemetry/sent`);
    t.after(() => operator.close());
    await operator.visit();
    await operator.page.waitForSelector("#nothing:not([hidden])");
    assert.deepEqual(operator.complaints, []);
  });
}

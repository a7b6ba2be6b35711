// A reader chooses a window and an entry, and finds the figures that the edge gave: in the charts and in the tables.

import assert from "node:assert/strict";
import { test } from "node:test";
import { busy, CLOSED, ofEntry, RUNNING, TOWN_HALL } from "./figures.js";
import { tell } from "./world.js";

export function choosing(world) {
  test("the running window is shown at first, and marked", async (t) => {
    const operator = await opened(t, world);
    assert.equal(await operator.page.locator("#window").inputValue(), RUNNING);
    assert.match(await operator.page.locator("#entries-window").textContent(), /^Sat 21 Nov, 11:15 to 11:30, running, [\d,]+ requests$/);
    assert.equal(await operator.page.locator("#windows-chart .running").count(), 1);
    assert.equal(await operator.page.locator("#entries-leaves-title").textContent(), "Would leave");
    assert.deepEqual(operator.complaints, []);
    operator.assertNothingAskedElsewhere();
  });

  test("the table of windows says what their chart shows", async (t) => {
    const operator = await opened(t, world);
    const { windows } = busy();
    await operator.page.locator("#windows summary").click();
    const rows = await cells(operator, "#windows-rows");
    assert.deepEqual(rows.map(([, bucket, events]) => [bucket, Number(events.replaceAll(",", ""))]), windows.map(({ bucket, events }) => [bucket, events]));
    const bars = await operator.page.locator("#windows-chart .there").count();
    assert.equal(bars, windows.length);
    // The tallest bar is that of the window with most requests.
    const tallest = await operator.page.evaluate(() => {
      const all = [...document.querySelectorAll("#windows-chart .there")];
      const height = (bar) => Number(bar.querySelector(".all").getAttribute("height"));
      return all.reduce((one, other) => (height(other) > height(one) ? other : one)).querySelector("title").textContent;
    });
    const most = Math.max(...windows.map(({ events }) => events));
    assert.ok(tallest.includes(`${most.toLocaleString("en-GB")} requests`), tallest);
  });

  test("a window is chosen in the list, by the buttons beside it and in the chart", async (t) => {
    const operator = await opened(t, world);
    const chosen = () => operator.page.locator("#window").inputValue();
    await operator.page.locator("#earlier").click();
    assert.equal(await chosen(), CLOSED);
    assert.equal(await operator.page.locator("#entries-leaves-title").textContent(), "Leaves");
    await operator.page.locator("#later").click();
    assert.equal(await chosen(), RUNNING);
    assert.equal(await operator.page.locator("#later").getAttribute("aria-disabled"), "true");
    await operator.page.locator("#later").click({ force: true });
    assert.equal(await chosen(), RUNNING);
    await operator.page.locator("#window").selectOption("2026-11-21T09:30Z");
    assert.match(await operator.page.locator("#entries-window").textContent(), /10:30 to 10:45/);
    await operator.page.locator("#windows-chart .there").last().locator(".ground").click();
    assert.equal(await chosen(), RUNNING);
    assert.ok(operator.page.url().endsWith(`#window=${encodeURIComponent(RUNNING)}`), operator.page.url());
  });

  test("an entry shows its segments: how many, and as what they leave", async (t) => {
    const operator = await opened(t, world);
    await operator.page.locator("#earlier").click();
    await operator.page.locator(".entry", { hasText: TOWN_HALL }).click();
    await operator.page.waitForSelector("#segments-rows tr");
    const [window] = ofEntry(busy(), TOWN_HALL).windows.filter(({ bucket }) => bucket === CLOSED);
    const [entry] = window.entries;
    await operator.page.locator("#segments-more").click();
    const words = { segment: "as a segment", range: "in a range", entry: "with the entry", no: "not at all" };
    const expected = entry.segments.map(({ segment_number, count, leaves }) => [String(segment_number), count.toLocaleString("en-GB"), words[leaves]]);
    assert.deepEqual(await cells(operator, "#segments-rows"), expected);
    assert.match(await operator.page.locator("#segments-sum").textContent(), /; leaves: [\d,]+ of [\d,]+ \(\d+\.\d\u00a0%\)\. 3 of them without a segment number\.$/);
    for (const leaves of Object.keys(words)) {
      assert.notEqual(await operator.page.locator(`#segments-as-${leaves}`).getAttribute("d"), "", leaves);
    }
    await operator.page.locator("#segments-close").click();
    assert.equal(await operator.page.locator("#segments").isVisible(), false);
  });

  test("patterns tell apart what leaves as what, without colours", async (t) => {
    const operator = await opened(t, world, `#window=${CLOSED}&entry=${TOWN_HALL}`);
    await operator.page.waitForSelector("#segments-rows tr");
    const fills = await operator.page.evaluate(() =>
      ["segment", "range", "entry", "no"].map((it) => getComputedStyle(document.querySelector(`#segments-as-${it}`)).fill),
    );
    assert.equal(new Set(fills).size, 4, fills.join());
    assert.match(fills[1], /#hatched/);
    assert.match(fills[2], /#dotted/);
    assert.equal(fills[3], "none");
  });

  test("the address leads back to what was looked at", async (t) => {
    const operator = await opened(t, world);
    await operator.page.locator("#window").selectOption(CLOSED);
    await operator.page.locator(".entry", { hasText: TOWN_HALL }).click();
    await operator.page.waitForSelector("#segments-rows tr");
    await operator.page.reload();
    await operator.page.waitForSelector("#segments-rows tr");
    assert.equal(await operator.page.locator("#window").inputValue(), CLOSED);
    assert.equal(await operator.page.locator("#segments-title").textContent(), TOWN_HALL);
    assert.equal(await operator.page.locator(`.entry[aria-pressed="true"]`).textContent(), TOWN_HALL);
  });

  test("what stands in a name is text", async (t) => {
    const operator = await world.operator();
    t.after(() => operator.close());
    const name = "<img src=x onerror=alert(1)>";
    const [window] = busy().windows;
    await tell(operator, busy({ site_id: name, upstream: { to: name }, windows: [{ ...window, entries: [{ entry_id: name, count: 9, leaves: 0 }] }] }));
    await operator.visit();
    await operator.page.locator(".entry", { hasText: name }).click();
    await operator.reads("#segments-title", /^<img/);
    await operator.page.waitForSelector("#segments-rows tr");
    assert.equal(await operator.page.locator("img:not([alt=''])").count(), 0);
    assert.deepEqual(operator.complaints, []);
    operator.assertNothingAskedElsewhere();
  });
}

async function opened(t, world, fragment = "") {
  const operator = await world.operator();
  t.after(() => operator.close());
  await tell(operator);
  await operator.page.goto(`${world.admin}/telemetry${fragment}`);
  await operator.page.waitForSelector("#entries-rows tr");
  return operator;
}

/** The texts of a table. */
function cells(operator, body) {
  return operator.page.evaluate((selector) => [...document.querySelector(selector).rows].map((row) => [...row.cells].map((cell) => cell.textContent)), body);
}

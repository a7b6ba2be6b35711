// What the page says when there is less to show than counts that leave.

import assert from "node:assert/strict";
import { test } from "node:test";
import { busy, CLOSED, reportsOnly, TOWN_HALL } from "./figures.js";
import { tell } from "./world.js";

const NOWHERE = { upstream: null, spool: null };

export function states(world) {
  const opened = async (t, answer, fragment = "") => {
    const operator = await world.operator();
    t.after(() => operator.close());
    const said = await tell(operator, answer);
    await operator.page.goto(`${world.admin}/telemetry${fragment}`);
    await operator.page.waitForSelector(answer === null ? "#trouble-box:not([hidden])" : "#content:not([hidden])");
    return { operator, said, text: (id) => operator.page.locator(id).textContent(), sees: (id) => operator.page.locator(id).isVisible() };
  };

  test("where reports go, what waits, what the threshold is, and the totals", async (t) => {
    const spool = { reports: 2, bytes: 4_960, dropped: 1, refused: 0 };
    const { text } = await opened(t, busy({ spool, totals: { recorded: 1_234, dropped: 5, unrecognised: 67, beyond_max_cells: 8 } }));
    assert.equal(await text("#destination"), "Reports leave to https://collector.example.com/v1/reports");
    assert.match(await text("#waiting"), /munich\. 2 reports wait to be sent \(4\.96 kB\)\. 1 was dropped for want of room\.$/);
    assert.match(await text("#threshold"), /at least 5 different viewers/);
    assert.deepEqual([await text("#recorded"), await text("#dropped"), await text("#unrecognised"), await text("#beyond")], ["1,234", "5", "67", "8"]);
  });

  test("nothing leaves", async (t) => {
    const { text } = await opened(t, busy(NOWHERE));
    assert.equal(await text("#destination"), "Nothing leaves this site.");
    assert.equal(await text("#entries-leaves-title"), "Would leave");
    assert.match(await text("#entries-meaning"), /^No report leaves this site\./);
  });

  test("an edge that this page cannot read is not said to be silent", async (t) => {
    const { text } = await opened(t, busy({ upstream: { url: "https://collector.example.com/" } }));
    assert.doesNotMatch(await text("#destination"), /Nothing leaves/);
  });

  test("nothing was counted yet", async (t) => {
    const { text, sees } = await opened(t, busy({ ...NOWHERE, windows: [] }));
    assert.match(await text("#entries-none"), /^Nothing was counted yet\./);
    assert.deepEqual([await sees("#windows"), await sees("#entries-table"), await sees("#segments")], [false, false, false]);
  });

  test("counting is off", async (t) => {
    const { text, sees } = await opened(t, busy({ ...NOWHERE, enabled: false, windows: [] }));
    assert.match(await text("#limits"), /telemetry\.enabled = false/);
    assert.deepEqual([await sees("#windows"), await sees("#entries"), await sees("#leaving")], [false, false, true]);
  });

  test("counts are not for operators", async (t) => {
    const { text, sees } = await opened(t, busy({ local_view: "off", windows: [] }), `#entry=${TOWN_HALL}`);
    assert.match(await text("#limits"), /"off"/);
    assert.deepEqual([await sees("#windows"), await sees("#entries"), await sees("#segments"), await sees("#leaving")], [false, false, false, true]);
  });

  test("operators see what reports may hold, by its shape", async (t) => {
    const { operator, text } = await opened(t, reportsOnly(busy()), `#window=${CLOSED}&entry=${TOWN_HALL}`);
    assert.match(await text("#limits"), /"threshold"/);
    await operator.page.waitForSelector("#segments-rows tr");
    const rows = await operator.page.locator("#segments-rows tr").allTextContents();
    assert.deepEqual([rows[0], rows.at(-2), rows.at(-1)], ["118040as a segment", "1220 to 122950in a range", "the rest25with the entry"]);
  });

  test("an entry that the window does not have", async (t) => {
    const { operator } = await opened(t, busy(), "#entry=0_unknown");
    await operator.reads("#segments-sum", /^This window has no request for this entry\.$/);
  });

  test("a window that is no longer kept", async (t) => {
    const { operator, text } = await opened(t, busy(), "#window=2026-11-01T10:00Z");
    assert.match(await text("#newer"), /no longer kept/);
    assert.equal(await operator.page.locator("#window").inputValue(), busy().windows[0].bucket);
  });

  test("without JavaScript the page says where the data are", async (t) => {
    const operator = await world.operator({ javaScriptEnabled: false });
    t.after(() => operator.close());
    await operator.visit();
    assert.equal(await operator.page.locator(".noscript-note a").getAttribute("href"), "/telemetry.json");
    assert.equal(await operator.page.locator("#following").isVisible(), false);
  });
}

// What left is shown byte for byte, as text, and with it what it says.

import assert from "node:assert/strict";
import { test } from "node:test";
import { tellSent } from "../telemetry/world.js";
import { recordOf, reportOf } from "./records.js";

export function bytes(world) {
  const opened = async (t, records, options) => {
    const operator = await world.operator(options);
    t.after(() => operator.close());
    const said = await tellSent(operator, records);
    await operator.visit();
    return { operator, said };
  };

  test("each report has its bytes, times, key, fields and answers", async (t) => {
    const answers = [
      { time: "2026-11-21T10:15:39Z", event: "answered", outcome: "503" },
      { time: "2026-11-21T10:16:09Z", event: "sent-again" },
      { time: "2026-11-21T10:16:10Z", event: "answered", outcome: "200" },
    ];
    const records = [recordOf(0, { answers }), recordOf(1), recordOf(2, { answers: [] })];
    const { operator } = await opened(t, records);
    await operator.page.waitForSelector(".report");
    assert.deepEqual(await operator.page.locator(".bytes").allTextContents(), records.map(({ report }) => report));
    const first = operator.page.locator(".report").first();
    assert.equal(await first.locator("time").textContent(), "Sat 21 Nov 2026, 11:15:09");
    assert.equal(await first.locator("time").getAttribute("datetime"), "2026-11-21T10:15:09.000Z");
    assert.equal(await first.locator(".utc").textContent(), "2026-11-21 10:15:09 UTC");
    assert.equal(await first.locator(".to").textContent(), records[0].to);
    assert.equal(await first.locator(".key").textContent(), records[0].key);
    assert.deepEqual(await first.locator(".later li").allTextContents(), ["503, asked to wait 11:15:39", "sent again 11:16:09", "200, known already 11:16:10"]);
    assert.deepEqual(await operator.page.locator(".report").nth(2).locator(".later li").allTextContents(), ["no answer yet"]);
    await first.locator(".fields summary").click();
    const fields = await first.locator(".fields tbody tr").evaluateAll((rows) => rows.map((row) => [...row.cells].map((cell) => cell.textContent)));
    assert.deepEqual(fields, records[0].fields);
    assert.equal(await first.locator(".size").textContent(), `${Buffer.byteLength(records[0].report).toLocaleString("en-GB")} bytes`);
    assert.deepEqual(operator.complaints, []);
    operator.assertNothingAskedElsewhere();
  });

  test("the table beside them says the same", async (t) => {
    const { operator } = await opened(t, [recordOf(0)]);
    await operator.page.locator(".read .all").click();
    const rows = await operator.page.locator(".cells tbody tr").evaluateAll((all) => all.map((row) => [...row.cells].map((cell) => cell.textContent)));
    const expected = JSON.parse(reportOf(0)).cells.map(({ entry_id, segment_number, first_segment, last_segment, count }) => [
      entry_id,
      first_segment === undefined ? String(segment_number ?? "the rest") : `${first_segment} to ${last_segment}`,
      String(count),
    ]);
    assert.deepEqual(rows, expected);
  });

  test("bytes that are no report are shown as they are, and never run", async (t) => {
    const odd = ['\n<img src=x onerror=alert(1)><script>alert(1)</script>\r\n\u0000 \u202Eé "', "", '{"v":1,"user":"me"}'];
    const { operator } = await opened(t, odd.map((report, n) => recordOf(n, { report, fields: [["<b>a", "<i>b"]] })));
    await operator.page.waitForSelector(".report");
    assert.deepEqual(await operator.page.evaluate(() => [...document.querySelectorAll(".bytes")].map((it) => it.textContent)), odd);
    assert.equal(await operator.page.locator(".report img, .report script, .report b, .report i").count(), 0);
    for (const about of await operator.page.locator(".about").allTextContents()) assert.match(about, /cannot read it as a table/);
    assert.deepEqual(operator.complaints, []);
  });

  test("the bytes are copied, or selected where the browser does not copy", async (t) => {
    const { operator } = await opened(t, [recordOf(0)], { permissions: ["clipboard-read", "clipboard-write"] });
    await operator.page.locator(".copy").click();
    await operator.reads(".copied", /^Copied\.$/);
    assert.equal(await operator.page.evaluate(() => navigator.clipboard.readText()), reportOf(0));
    const { operator: other } = await opened(t, [recordOf(0)]);
    await other.page.evaluate(() => Object.defineProperty(navigator, "clipboard", { value: undefined }));
    await other.page.locator(".copy").click();
    await other.reads(".copied", /selected/);
    assert.equal(await other.page.evaluate(() => String(window.getSelection())), reportOf(0));
  });

  test("a script that made markup of text would be stopped by the policy", async (t) => {
    const { operator } = await opened(t, [recordOf(0)]);
    await operator.page.waitForSelector(".report");
    const error = await operator.page.evaluate(() => {
      try {
        document.querySelector("#reports").innerHTML = "<p>made of text";
        return "";
      } catch (fault) {
        return fault.name;
      }
    });
    assert.equal(error, "TypeError");
  });
}

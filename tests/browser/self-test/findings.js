// Every check comes to a finding, and nothing is asked elsewhere.

import assert from "node:assert/strict";
import { test } from "node:test";

export const CHECKS = ["site", "connection", "protocol", "roundTrip", "proxy", "localNetwork", "browser"];

/** Waits until no check is under way. */
export async function settled(viewer) {
  await viewer.page.waitForFunction(
    (most) => {
      const done = document.querySelectorAll(".finding:not([data-verdict='running'])");
      return done.length === most && document.querySelector("#text").value !== "";
    },
    CHECKS.length,
    { timeout: 30_000 },
  );
}

/** Verdict, answer and details of one check. */
export function finding(viewer, check) {
  return viewer.page.evaluate((id) => {
    const box = document.getElementById(id);
    const rows = [...box.querySelectorAll("dl div")].map((row) => [...row.children].map((it) => it.textContent));
    return {
      verdict: box.dataset.verdict,
      answer: box.querySelector(".answer").textContent,
      explanation: box.querySelector(".explanation").textContent,
      details: Object.fromEntries(rows),
    };
  }, check);
}

export function findings(world) {
  test("every check comes to a verdict, an answer and a sentence", async (t) => {
    const viewer = await world.viewer();
    t.after(() => viewer.close());
    const sent = [];
    viewer.page.on("request", (request) => sent.push([request.method(), request.postData()].join(" ")));
    await viewer.visit();
    await settled(viewer);
    for (const check of CHECKS) {
      const { verdict, answer, explanation } = await finding(viewer, check);
      assert.match(verdict, /^(ok|look|unknown)$/, check);
      assert.ok(answer.length > 3 && answer !== "…" && explanation.endsWith("."), `${check}: ${answer} ${explanation}`);
    }
    assert.deepEqual(viewer.complaints, []);
    viewer.assertNothingAskedElsewhere();
    assert.deepEqual([...new Set(sent)], ["GET "]);
  });

  test("they are true here: cleartext HTTP/1.1 on this machine, no proxy, no map", async (t) => {
    const viewer = await world.viewer();
    t.after(() => viewer.close());
    await viewer.visit();
    await settled(viewer);
    assert.equal((await finding(viewer, "site")).answer, "This edge does not know which office you are in");
    const connection = await finding(viewer, "connection");
    assert.equal(connection.verdict, "look");
    assert.deepEqual(connection.details, {
      HTTPS: "no",
      "Secure context": "yes",
      "Host name": "an IP address",
      Certificate: "none: this connection is not encrypted",
    });
    const protocol = await finding(viewer, "protocol");
    assert.deepEqual(protocol.details, { Browser: "HTTP/1.1", Edge: "HTTP/1.1" });
    assert.equal((await finding(viewer, "proxy")).verdict, "ok");
    assert.equal((await finding(viewer, "localNetwork")).details["This page"], "opened by itself");
    const browser = await finding(viewer, "browser");
    assert.match(browser.answer, /^[A-Z][A-Za-z ]+ \d+(\.\d+)?$/);
    assert.equal(browser.details["Media Source Extensions"], "yes");
  });

  test("the round trip is a number, from ten questions, and can be measured again", async (t) => {
    const viewer = await world.viewer();
    t.after(() => viewer.close());
    await viewer.visit();
    await settled(viewer);
    const pings = () => viewer.requests.filter((url) => url.endsWith("/self-test/ping")).length;
    const { details } = await finding(viewer, "roundTrip");
    for (const label of ["Median", "Shortest", "Longest"]) assert.match(details[label], /^[\d.]+ m?s$/, label);
    assert.equal(details.Answered, "10 of 10");
    assert.equal(pings(), 10);
    await viewer.page.locator("#again").click();
    await settled(viewer);
    await viewer.page.waitForFunction(() => document.querySelector("#again").ariaDisabled === "false");
    assert.equal(pings(), 20);
  });

  test("a proxy is seen, and what it says is not", async (t) => {
    const viewer = await world.viewer({ extraHTTPHeaders: { via: "1.1 gate-4711", "x-forwarded-for": "192.0.2.7" } });
    t.after(() => viewer.close());
    await viewer.visit();
    await settled(viewer);
    const proxy = await finding(viewer, "proxy");
    assert.equal(proxy.verdict, "look");
    assert.equal(proxy.details["Fields added"], "via, x-forwarded-for");
    const page = await viewer.page.evaluate(() => document.body.innerText + document.querySelector("#text").value);
    assert.doesNotMatch(page, /gate-4711|192\.0\.2\.7/);
  });

  test("an office is named when the edge knows it", async (t) => {
    const viewer = await world.viewer();
    t.after(() => viewer.close());
    const location = { state: "site", site: "munich", name: "Munich", policy: "bypass", kind: "vpn" };
    await viewer.page.route("**/self-test.json", async (route) => {
      const answer = await route.fetch();
      await route.fulfill({ response: answer, json: { ...(await answer.json()), location } });
    });
    await viewer.visit();
    await settled(viewer);
    const site = await finding(viewer, "site");
    assert.deepEqual([site.verdict, site.answer, site.details.Network], ["look", "Munich", "remote access (VPN)"]);
  });
}

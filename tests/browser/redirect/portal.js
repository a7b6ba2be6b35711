// Players in the page of a portal, which is at neither edge: browsers then name no origin to the second one.

import assert from "node:assert/strict";
import { once } from "node:events";
import { createServer } from "node:http";
import { test } from "node:test";
import { AT_THE_OFFICE } from "./town.js";

export function portal(town) {
  test("a page of another host reads manifests where it was led to", async (t) => {
    const office = await town.office();
    t.after(() => office.stop());
    const front = await town.front(AT_THE_OFFICE, office);
    t.after(() => front.stop());
    const server = createServer((_request, response) => response.end("<!doctype html><title>Portal</title>"));
    t.after(() => server.close());
    await once(server.listen(0, "127.0.0.1"), "listening");

    const viewer = await town.viewer(`http://127.0.0.1:${server.address().port}/`);
    t.after(() => viewer.close());
    await viewer.visit();
    for (const { url } of town.streams) {
      const found = await viewer.page.evaluate(async (address) => {
        const answer = await fetch(address);
        return { status: answer.status, url: answer.url, length: (await answer.text()).length };
      }, front.url + url);
      assert.deepEqual([found.status, found.url], [200, office.url + url.slice("/go".length)]);
      assert.notEqual(found.length, 0);
    }
  });
}

// Every form of stream plays over HTTP/2 and over HTTP/3, and everything comes over what was meant.

import assert from "node:assert/strict";
import { test } from "node:test";
import { Viewer } from "../viewer.js";

const FORMS = [
  { name: "live HLS", is: (stream) => stream.live && stream.format === "hls" },
  { name: "an HLS recording", is: (stream) => !stream.live && stream.format === "hls" },
  { name: "a DASH recording", is: (stream) => !stream.live && stream.format === "dash" },
];

export function protocols(world) {
  for (const { protocol, http3 } of [
    { protocol: "h2", http3: false },
    { protocol: "h3", http3: true },
  ]) {
    test(`the watch page plays over ${protocol}`, async (t) => {
      const browser = await world.browser({ http3 });
      t.after(() => browser.close());
      for (const { name, is } of FORMS) {
        await t.test(name, () => plays(world, browser, world.streams.find(is), protocol));
      }
    });
  }

  test("a browser that hears of HTTP/3 changes over to it", async (t) => {
    const browser = await world.browserThatListens();
    t.after(() => browser.close());
    const viewer = await Viewer.open(browser, `${world.edge.secureUrl}/watch`);
    t.after(() => viewer.close());
    await viewer.visit();
    // The first answer says so (`Alt-Svc`); a browser takes it up when it can, not at once.
    const heard = await viewer.page.evaluate(() => fetch(location.href).then((answer) => answer.headers.get("alt-svc")));
    assert.match(heard, new RegExp(`h3=":${new URL(world.edge.secureUrl).port}"`));
    await viewer.page.waitForFunction(
      async () => {
        const url = `/watch?${performance.now()}`;
        await fetch(url).then((answer) => answer.arrayBuffer());
        const entries = performance.getEntriesByType("resource").filter((entry) => entry.name.endsWith(url));
        return entries.some((entry) => entry.nextHopProtocol === "h3");
      },
      null,
      { timeout: 30_000, polling: 100 },
    );
  });
}

async function plays(world, browser, stream, protocol) {
  const viewer = await Viewer.open(browser, `${world.edge.secureUrl}/watch`);
  try {
    await viewer.page.addInitScript(noteProtocols);
    await viewer.visit(stream.url);
    await viewer.playsFor(3);
    const { player, errors, segments } = await viewer.probe();
    assert.equal(player, stream.format);
    assert.deepEqual(errors, []);
    assert.ok(segments >= 2, `${segments} segments`);
    assert.deepEqual(viewer.complaints, []);
    viewer.assertNothingAskedElsewhere();
    const spoken = await viewer.page.evaluate(() => window.spokenProtocols);
    assert.ok(spoken.length > 4, `${spoken.length} resources`);
    assert.deepEqual([...new Set(spoken)], [protocol]);
  } finally {
    await viewer.close();
  }
}

/** Runs in the page, which forgets what it has counted. What came from the browser's own memory was spoken by nobody. */
function noteProtocols() {
  window.spokenProtocols = [];
  const note = (list) => {
    const entries = list.getEntries().filter(({ name }) => name.startsWith("http"));
    window.spokenProtocols.push(...entries.map(({ nextHopProtocol }) => nextHopProtocol).filter(Boolean));
  };
  for (const type of ["navigation", "resource"]) new PerformanceObserver(note).observe({ type, buffered: true });
}

// One viewer: a browser tab on the watch page, with a record of what it asked for and what it complained about.

import assert from "node:assert/strict";
import { mkdirSync } from "node:fs";
import { createRequire } from "node:module";
import { join } from "node:path";
import { chromium } from "playwright-core";

const FLAGS = [
  "--no-sandbox",
  "--disable-gpu",
  "--no-first-run",
  "--disable-background-networking",
  "--disable-component-update",
  "--disable-sync",
  // Any name but our own address is unknown: a request elsewhere fails, as it would in a closed office.
  "--host-resolver-rules=MAP * ~NOTFOUND, EXCLUDE 127.0.0.1",
];
const AXE = createRequire(import.meta.url).resolve("axe-core/axe.min.js");
const PLAY_MS = 60_000;

/** HTTP/3 is spoken only where a test asks for it. */
export function launch(flags = ["--disable-quic"]) {
  return chromium.launch({ executablePath: process.env.CHROMIUM ?? "/usr/bin/chromium", args: [...FLAGS, ...flags] });
}

export class Viewer {
  /** @type {import("playwright-core").Page} */
  page;
  /** Addresses of all requests, workers included. */
  requests = [];
  /** Console errors and uncaught exceptions. */
  complaints = [];
  /** Bytes received per path. */
  received = new Map();
  #context;
  #watch;

  /** `options`: `viewport`, `colorScheme`, … of a browser context. */
  static async open(browser, watch, options = {}) {
    const viewer = new Viewer();
    viewer.#watch = watch;
    viewer.#context = await browser.newContext({ viewport: { width: 1280, height: 800 }, ...options });
    viewer.page = await viewer.#context.newPage();
    viewer.#record();
    return viewer;
  }

  /** Opens the page, with a stream when one is given. */
  async visit(src = null) {
    const query = src === null ? "" : `?src=${encodeURIComponent(src)}`;
    await this.page.goto(this.#watch + query);
  }

  /** Waits until the video has moved on by `seconds` from where it is. */
  async playsFor(seconds) {
    // A live channel begins somewhere on its time line: only what is played from there counts.
    await this.page.waitForFunction(
      () => {
        const { readyState, paused, seeking, currentTime } = document.querySelector("video");
        return readyState >= HTMLMediaElement.HAVE_FUTURE_DATA && !paused && !seeking && currentTime > 0;
      },
      null,
      { timeout: PLAY_MS },
    );
    const from = await this.currentTime();
    await this.page.waitForFunction((to) => window.spokecastWatch.currentTime() >= to, from + seconds, { timeout: PLAY_MS });
  }

  currentTime() {
    return this.page.evaluate(() => window.spokecastWatch.currentTime());
  }

  probe() {
    return this.page.evaluate(() => {
      const { player, errors } = window.spokecastWatch;
      return { player, errors: [...errors], segments: window.spokecastWatch.segmentsLoaded() };
    });
  }

  /** Waits until the element's text meets a condition. */
  async reads(selector, pattern) {
    await this.page.waitForFunction(
      ([where, source]) => new RegExp(source).test(document.querySelector(where)?.textContent ?? ""),
      [selector, pattern.source],
      { timeout: PLAY_MS },
    );
  }

  assertNothingAskedElsewhere() {
    const origin = new URL(this.#watch).origin;
    // data: is in the page itself, blob: is the media source in its memory.
    const elsewhere = this.requests.filter((url) => !/^(data|blob):/.test(url) && new URL(url).origin !== origin);
    assert.deepEqual(elsewhere, []);
    assert.notEqual(this.requests.length, 0);
  }

  async screenshot(name) {
    const folder = process.env.SCREENSHOTS;
    if (!folder) return;
    mkdirSync(folder, { recursive: true });
    await this.page.screenshot({ path: join(folder, `${name}.png`), fullPage: true });
  }

  /** Has axe at hand in pages opened from now on; set up this way, the page's own policy stays in force. */
  async withAxe() {
    await this.page.addInitScript({ path: AXE });
  }

  async violations() {
    const tags = ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa", "best-practice"];
    return this.page.evaluate(async (values) => {
      const { violations } = await window.axe.run(document, { runOnly: { type: "tag", values } });
      return violations.map(({ id, nodes }) => `${id}: ${nodes.map((node) => node.target.join(" ")).join(", ")}`);
    }, tags);
  }

  setOffline(offline) {
    return this.#context.setOffline(offline);
  }

  close() {
    return this.#context.close();
  }

  #record() {
    this.page.on("request", (request) => this.requests.push(request.url()));
    this.page.on("console", (message) => {
      if (message.type() === "error") this.complaints.push(message.text());
    });
    this.page.on("pageerror", (error) => this.complaints.push(String(error)));
    this.page.on("requestfinished", async (request) => {
      const sizes = await request.sizes().catch(() => null);
      const { pathname } = new URL(request.url());
      if (sizes !== null) this.received.set(pathname, (this.received.get(pathname) ?? 0) + sizes.responseBodySize);
    });
  }
}

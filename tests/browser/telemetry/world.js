// What the tests of the operators' pages share: one edge, which serves the pages as it always does, and one browser.
// What the pages read is told by the tests themselves, so that there is every state that an edge can be in.

import { after, before } from "node:test";
import { Edge } from "../edge.js";
import { launch, Viewer } from "../viewer.js";
import { pageOf } from "../sent/records.js";
import { busy, ofEntry } from "./figures.js";

/** No origin is asked for anything here. */
const CONFIG = '[[origin]]\nurl = "http://127.0.0.1:9"\n';

/** A world whose operators open the page at `path`. */
export function operatorsWorld(path) {
  const world = {
    /** @type {Edge | null} */
    edge: null,
    /** @type {import("playwright-core").Browser | null} */
    browser: null,
    get admin() {
      return this.edge.admin;
    },
    /** An operator at the page, in a time zone of their own so that local times differ from UTC. */
    operator(options) {
      return Viewer.open(this.browser, this.admin + path, { timezoneId: "Europe/Berlin", ...options });
    },
  };

  before(async () => {
    world.edge = await Edge.start(CONFIG);
    world.browser = await launch();
  });

  after(async () => {
    await world.browser?.close();
    await world.edge?.stop();
  });

  return world;
}

/**
 * Answers what the page asks, from now on. `said.answer` may be changed while it is open; null is an edge that is gone.
 */
export async function tell(operator, answer = busy()) {
  const said = { answer, asked: [] };
  await operator.page.route(/\/telemetry\.json(\?.*)?$/, async (route) => {
    const entry = new URL(route.request().url()).searchParams.get("entry");
    said.asked.push(entry);
    if (said.answer === null) return route.abort("connectionrefused");
    return route.fulfill({ json: entry === null ? said.answer : ofEntry(said.answer, entry) });
  });
  return said;
}

/** Has the browser's clock stand still, to be moved by hand. */
export async function freeze(operator) {
  await operator.page.clock.install({ time: new Date("2026-11-21T10:22:07Z") });
}

/** Answers for what left, page by page; null is an edge that is gone. */
export async function tellSent(operator, records) {
  const said = { records, asked: [] };
  await operator.page.route(/\/telemetry\/sent\.json\?.*$/, async (route) => {
    const { searchParams } = new URL(route.request().url());
    const asked = { limit: Number(searchParams.get("limit")), before: searchParams.get("before") };
    said.asked.push(asked);
    if (said.records === null) return route.abort("connectionrefused");
    return route.fulfill({ json: pageOf(said.records, asked) });
  });
  return said;
}

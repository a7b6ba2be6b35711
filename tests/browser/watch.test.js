// The watch page in a real browser, against the real program.

import { after, before, describe } from "node:test";
import { accessibility } from "./watch/accessibility.js";
import { activity } from "./watch/activity.js";
import { faults } from "./watch/faults.js";
import { keyboard } from "./watch/keyboard.js";
import { playback } from "./watch/playback.js";
import { Program } from "./program.js";
import { launch, Viewer } from "./viewer.js";

/** Everything the tests share: one program and one browser; each test opens tabs of its own. */
const world = {
  /** @type {Program | null} */
  program: null,
  /** @type {import("playwright-core").Browser | null} */
  browser: null,
  get addresses() {
    return this.program.addresses;
  },
  viewer(options) {
    return Viewer.open(this.browser, this.addresses.watch, options);
  },
};

before(async () => {
  world.program = await Program.start();
  world.browser = await launch();
});

after(async () => {
  await world.browser?.close();
  await world.program?.stop();
});

describe("playback", () => playback(world));
describe("activity", () => activity(world));
describe("keyboard", () => keyboard(world));
describe("faults", () => faults(world));
describe("accessibility", () => accessibility(world));

// The watch page in a real browser, against the real program.

import { describe } from "node:test";
import { accessibility } from "./watch/accessibility.js";
import { activity } from "./watch/activity.js";
import { faults } from "./watch/faults.js";
import { keyboard } from "./watch/keyboard.js";
import { playback } from "./watch/playback.js";
import { worldFor } from "./world.js";

const world = worldFor(({ watch }) => watch);

describe("playback", () => playback(world));
describe("activity", () => activity(world));
describe("keyboard", () => keyboard(world));
describe("faults", () => faults(world));
describe("accessibility", () => accessibility(world));

// The operators' page of what is watched in a real browser, served by the real program.

import { describe } from "node:test";
import { accessibility } from "./telemetry/accessibility.js";
import { choosing } from "./telemetry/choosing.js";
import { keyboard } from "./telemetry/keyboard.js";
import { states } from "./telemetry/states.js";
import { updates } from "./telemetry/updates.js";
import { edgeItself } from "./telemetry/edge-itself.js";
import { operatorsWorld } from "./telemetry/world.js";

const world = operatorsWorld("/telemetry");

describe("choosing", () => choosing(world));
describe("states", () => states(world));
describe("updates", () => updates(world));
describe("keyboard", () => keyboard(world));
describe("accessibility", () => accessibility(world));
describe("the edge itself", () => edgeItself());

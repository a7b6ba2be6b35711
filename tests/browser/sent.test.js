// The operators' page of what left the site in a real browser, served by the real program.

import { describe } from "node:test";
import { accessibility } from "./sent/accessibility.js";
import { bytes } from "./sent/bytes.js";
import { paging } from "./sent/paging.js";
import { operatorsWorld } from "./telemetry/world.js";

const world = operatorsWorld("/telemetry/sent");

describe("bytes", () => bytes(world));
describe("paging", () => paging(world));
describe("accessibility", () => accessibility(world));

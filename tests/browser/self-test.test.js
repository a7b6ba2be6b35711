// The self-test page in a real browser, against the real program.

import { describe } from "node:test";
import { accessibility } from "./self-test/accessibility.js";
import { faults } from "./self-test/faults.js";
import { findings } from "./self-test/findings.js";
import { handover } from "./self-test/handover.js";
import { worldFor } from "./world.js";

const world = worldFor(({ edge }) => `${edge}/self-test`);

describe("findings", () => findings(world));
describe("handover", () => handover(world));
describe("faults", () => faults(world));
describe("accessibility", () => accessibility(world));

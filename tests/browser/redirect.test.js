// Streams below `/go/` in a real browser: the page and its players are at one edge, and the video comes from another.

import { describe } from "node:test";
import { failover } from "./redirect/failover.js";
import { playback } from "./redirect/playback.js";
import { portal } from "./redirect/portal.js";
import { townForTests } from "./redirect/town.js";

const town = townForTests();

describe("playback", () => playback(town));
describe("portal", () => portal(town));
describe("failover", () => failover(town));

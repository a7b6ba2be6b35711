// The watch page over HTTPS in a real browser: HTTP/2 and HTTP/3, with the real program.

import { describe } from "node:test";
import { protocols } from "./secure/protocols.js";
import { secureWorld } from "./secure/world.js";

const world = secureWorld();

describe("protocols", () => protocols(world));

// What the tests of one page share: one program and one browser; each test opens tabs of its own.

import { after, before } from "node:test";
import { Program } from "./program.js";
import { launch, Viewer } from "./viewer.js";

/** A world whose viewers open the page at the address that `page` takes from those of the program. */
export function worldFor(page) {
  const world = {
    /** @type {Program | null} */
    program: null,
    /** @type {import("playwright-core").Browser | null} */
    browser: null,
    get addresses() {
      return this.program.addresses;
    },
    viewer(options) {
      return Viewer.open(this.browser, page(this.addresses), options);
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

  return world;
}

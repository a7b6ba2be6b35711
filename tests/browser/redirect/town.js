// Edges before the demo's origin: one for an office, and others that redirect viewers by maps of their own.

import { after, before } from "node:test";
import { Edge } from "../edge.js";
import { Program } from "../program.js";
import { launch, Viewer } from "../viewer.js";

/** Maps in which the viewers of these tests, who come from loopback, are at the office and at no site. */
export const AT_THE_OFFICE = "site,internal\noffice,127.0.0.0/8\n";
export const ELSEWHERE = "site,internal\noffice,10.0.0.0/8\n";

export function townForTests() {
  const town = {
    /** @type {Program | null} */
    program: null,
    /** @type {import("playwright-core").Browser | null} */
    browser: null,
    /** Where the origin is. */
    origin: "",
    /** Those of the demo, below `/go/`. */
    streams: [],

    office() {
      return Edge.start(origin(town));
    },
    /** An edge with the watch page that redirects by this map of sites, in which `office` is the office's edge. */
    front(sites, office) {
      const files = { "sites.csv": sites, "edges.csv": `edge,site,url\noffice-1,office,${office.url}\n` };
      return Edge.start(origin(town) + REDIRECT + offered(town.streams), files);
    },
    viewer(url) {
      return Viewer.open(town.browser, url);
    },
  };

  before(async () => {
    town.program = await Program.start();
    const { addresses } = town.program;
    town.origin = addresses.origin;
    town.streams = addresses.streams.map((stream) => ({ ...stream, url: `/go${stream.url}` }));
    town.browser = await launch();
  });

  after(async () => {
    await town.browser?.close();
    await town.program?.stop();
  });

  return town;
}

const REDIRECT = `
[map]
files = ["{folder}/sites.csv", "{folder}/edges.csv"]
realm = "local"
[redirect]
enabled = true
check-every = "100ms"
[watch]
enabled = true
activity = true
`;

function origin(town) {
  return `[[origin]]\nurl = "${town.origin}"\n`;
}

function offered(streams) {
  const all = streams.map(({ title, url, format, live }) =>
    ["[[watch.stream]]", `title = "${title}"`, `url = "${url}"`, `format = "${format}"`, `live = ${live}`].join("\n"),
  );
  return all.join("\n");
}

// What the tests over HTTPS share: the demo, whose origin has every form of stream, an edge before it with a certificate,
// and browsers that take it.

import { after, before } from "node:test";
import { Edge } from "../edge.js";
import { Program } from "../program.js";
import { launch } from "../viewer.js";
import { identity } from "./identity.js";

export function secureWorld() {
  const world = {
    /** @type {Program | null} */
    program: null,
    /** @type {Edge | null} */
    edge: null,
    streams: [],

    /** A browser that speaks no HTTP/3, or that speaks it with the edge from the first request on. */
    browser({ http3 }) {
      const address = new URL(world.edge.secureUrl).host;
      const quic = http3 ? ["--enable-quic", `--origin-to-force-quic-on=${address}`] : ["--disable-quic"];
      return launch([...quic, `--ignore-certificate-errors-spki-list=${world.pin}`]);
    },
    /** A browser that speaks HTTP/3 where it hears of it. */
    browserThatListens() {
      return launch(["--enable-quic", `--ignore-certificate-errors-spki-list=${world.pin}`]);
    },
  };

  before(async () => {
    world.program = await Program.start();
    const { origin, streams } = world.program.addresses;
    const { files, pin } = identity();
    [world.pin, world.streams] = [pin, streams];
    world.edge = await Edge.start(TLS + `[[origin]]\nurl = "${origin}"\n` + WATCH + offered(streams), files);
  });

  after(async () => {
    await world.edge?.stop();
    await world.program?.stop();
  });

  return world;
}

const TLS = `
[tls]
listen = ["127.0.0.1:0"]
[[tls.certificate]]
file = "{folder}/edge.pem"
key-file = "{folder}/edge.key"
`;

const WATCH = `
[watch]
enabled = true
activity = true
`;

function offered(streams) {
  const all = streams.map(({ title, url, format, live }) =>
    ["[[watch.stream]]", `title = "${title}"`, `url = "${url}"`, `format = "${format}"`, `live = ${live}`].join("\n"),
  );
  return all.join("\n");
}

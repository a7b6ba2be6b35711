// The real program, as a person starts it: `spokecast demo`, with its addresses on the first line of its output.

import assert from "node:assert/strict";
import { spawn } from "node:child_process";
import { once } from "node:events";
import { createInterface } from "node:readline";

const START_MS = 180_000;
const STOP_MS = 20_000;

/**
 * @typedef {{ title: string, url: string, format: "hls" | "dash", live: boolean }} Stream
 * @typedef {{ watch: string, edge: string, admin: string, origin: string, streams: Stream[] }} Addresses
 */

export class Program {
  /** @type {import("node:child_process").ChildProcess} */
  #child;
  /** @type {Addresses} */
  addresses;

  static async start() {
    const binary = process.env.SPOKECAST_BIN;
    assert.ok(binary, "SPOKECAST_BIN must be the path of the spokecast binary");
    const options = ["demo", "--json", "--listen", "127.0.0.1:0", "--admin", "127.0.0.1:0"];
    const child = spawn(binary, options, { stdio: ["ignore", "pipe", "pipe"] });
    const program = new Program();
    program.#child = child;
    const said = collect(child.stderr);
    try {
      program.addresses = JSON.parse(await firstLine(child));
    } catch (error) {
      child.kill("SIGKILL");
      throw new Error(`the demo did not start: ${error}\n${said.join("")}`);
    }
    return program;
  }

  /** Ends it as a service manager would and expects that it goes in peace. */
  async stop() {
    const ended = once(this.#child, "exit", { signal: AbortSignal.timeout(STOP_MS) });
    this.#child.kill("SIGTERM");
    try {
      const [code, signal] = await ended;
      assert.deepEqual({ code, signal }, { code: 0, signal: null });
    } finally {
      this.#child.kill("SIGKILL");
    }
  }
}

async function firstLine(child) {
  const lines = createInterface({ input: child.stdout });
  const signal = AbortSignal.timeout(START_MS);
  const line = once(lines, "line", { signal }).then(([text]) => text);
  const exit = once(child, "exit", { signal }).then(([code]) => Promise.reject(new Error(`it ended with ${code}`)));
  const failure = once(child, "error", { signal }).then(([error]) => Promise.reject(error));
  // Whichever comes second has nobody left to hear of it.
  exit.catch(() => undefined);
  failure.catch(() => undefined);
  return Promise.race([line, exit, failure]);
}

/** The last part of what it wrote, for the message when something fails. */
function collect(stream) {
  const kept = [];
  stream.setEncoding("utf8");
  stream.on("data", (text) => {
    kept.push(text);
    if (kept.length > 100) kept.shift();
  });
  return kept;
}

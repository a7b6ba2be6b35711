// An edge with a configuration of its own: `spokecast edge --config`, with its addresses from its log.

import assert from "node:assert/strict";
import { spawn } from "node:child_process";
import { once } from "node:events";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { createInterface } from "node:readline";

const START_MS = 60_000;
const STOP_MS = 20_000;

export class Edge {
  /** @type {import("node:child_process").ChildProcess} */
  #child;
  #folder;
  /** Where viewers are served: scheme, host and port. */
  url;
  /** Where they are served over TLS; null if nowhere. */
  secureUrl;
  /** Where operators are. */
  admin;

  /** `files`: what the configuration may name, by name; `{folder}` in the configuration is where they are. */
  static async start(config, files = {}) {
    const edge = new Edge();
    edge.#folder = mkdtempSync(join(tmpdir(), "spokecast-edge-"));
    // For their owner alone: a key that others can read is refused.
    for (const [name, text] of Object.entries(files)) writeFileSync(join(edge.#folder, name), text, { mode: 0o600 });
    const listeners = '[viewers]\nlisten = ["127.0.0.1:0"]\n[admin]\nlisten = "127.0.0.1:0"\n[log]\nformat = "json"\n';
    const path = join(edge.#folder, "edge.toml");
    writeFileSync(path, listeners + config.replaceAll("{folder}", edge.#folder));
    edge.#child = spawn(process.env.SPOKECAST_BIN, ["edge", "--config", path], { stdio: ["ignore", "ignore", "pipe"] });
    try {
      const { viewers, secure, admin } = await listening(edge.#child);
      [edge.url, edge.admin] = [`http://${viewers}`, `http://${admin}`];
      edge.secureUrl = secure === null ? null : `https://${secure}`;
    } catch (error) {
      await edge.stop();
      throw error;
    }
    return edge;
  }

  async stop() {
    try {
      if (this.#child.exitCode !== null) return;
      const ended = once(this.#child, "exit", { signal: AbortSignal.timeout(STOP_MS) });
      // Twice: without waiting for transfers under way.
      this.#child.kill("SIGTERM");
      this.#child.kill("SIGTERM");
      await ended;
    } finally {
      this.#child.kill("SIGKILL");
      rmSync(this.#folder, { recursive: true, force: true });
    }
  }
}

/** The first address for viewers, in the clear and over TLS, and that for operators, from the log line that tells them. */
async function listening(child) {
  const said = [];
  const lines = createInterface({ input: child.stderr });
  const heard = new Promise((resolve, reject) => {
    lines.on("line", (line) => {
      if (said.length < 100) said.push(line);
      const { message, viewers, viewers_over_tls: secure, admin } = parsed(line);
      if (message === "listening") resolve({ viewers: first(viewers), secure: first(secure), admin });
    });
    lines.on("close", () => reject(new Error(`the edge did not start:\n${said.join("\n")}`)));
    AbortSignal.timeout(START_MS).addEventListener("abort", () => reject(new Error("the edge did not start in time")));
  });
  const addresses = await heard;
  for (const address of Object.values(addresses)) if (address !== null) assert.match(address, /:\d+$/);
  return addresses;
}

/** Of a list as the log shows it: `[127.0.0.1:8080, …]`. */
function first(list) {
  return /[^[\],\s]+/.exec(list)?.[0] ?? null;
}

function parsed(line) {
  try {
    return JSON.parse(line);
  } catch {
    return {};
  }
}

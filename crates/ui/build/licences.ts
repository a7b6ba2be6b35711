// Writes the licence texts of everything that ends up in the bundle into one file, so that what we hand out carries
// the notices its authors ask for.
//
// A package counts as bundled when one of its modules is. Players ship as one file that already contains packages
// of others, so whatever the source map beside such a file names counts too, and whatever a bundled package says it
// needs. package.json lists the few of these that nothing else installs, only for their licence texts.

import { existsSync, readFileSync, readdirSync } from "node:fs";
import { join } from "node:path";
import type { Plugin } from "vite";

/**
 * A Vite plugin that emits `fileName`, unless everything in the bundle is our own; the build fails when the licence
 * text of a bundled package is not there.
 */
export function licences(fileName: string): Plugin {
  let root = "";
  return {
    name: "licences",
    apply: "build",
    configResolved(config) {
      root = config.root;
    },
    generateBundle(_options, bundle) {
      const parts = Object.values(bundle);
      const modules = parts.flatMap((part) => (part.type === "chunk" ? part.moduleIds : []));
      const assets = parts.flatMap((part) => (part.type === "asset" ? part.originalFileNames : []));
      const files = [...modules, ...assets.map((file) => join(root, file))].map((file) => file.replace(/\?.*$/, ""));
      const installed = join(root, "..", "node_modules");
      const names = withDependencies(files.flatMap(packagesIn), installed);
      if (names.size === 0) return;
      const texts = [...names].sort().map((name) => notice(name, join(installed, name)));
      const head = "This page of Spokecast contains the following software by others.\n";
      this.emitFile({ type: "asset", fileName, source: [head, ...texts].join("\n") });
    },
  };
}

function packagesIn(file: string): string[] {
  const own = packageOf(file);
  if (own === null) return [];
  const map = `${file}.map`;
  if (!existsSync(map)) return [own];
  const { sources } = JSON.parse(readFileSync(map, "utf8")) as { sources: string[] };
  return [own, ...sources.map(packageOf).filter((name) => name !== null)];
}

/** The package that a path lies in; null for a file of our own or of the file's own project. */
function packageOf(path: string): string | null {
  return /^.*node_modules\/((?:@[^/]+\/)?[^/]+)\//.exec(path)?.[1] ?? null;
}

function withDependencies(names: readonly string[], installed: string): Set<string> {
  const found = new Set<string>();
  const waiting = [...names];
  for (let name = waiting.pop(); name !== undefined; name = waiting.pop()) {
    if (found.has(name)) continue;
    found.add(name);
    const { dependencies, peerDependencies } = manifest(name, join(installed, name));
    waiting.push(...Object.keys({ ...dependencies, ...peerDependencies }));
  }
  return found;
}

interface Manifest {
  readonly license: string;
  readonly dependencies?: Record<string, string>;
  readonly peerDependencies?: Record<string, string>;
}

function manifest(name: string, folder: string): Manifest {
  if (!existsSync(folder)) throw new Error(`${name} is in the bundle, but not installed: where is its licence?`);
  return JSON.parse(readFileSync(join(folder, "package.json"), "utf8")) as Manifest;
}

function notice(name: string, folder: string): string {
  const title = `${name} (${manifest(name, folder).license})`;
  const rule = "=".repeat(title.length);
  return `${rule}\n${title}\n${rule}\n\n${licenceText(name, folder)}\n`;
}

function licenceText(name: string, folder: string): string {
  const files = readdirSync(folder).filter((file) => /^(licen[cs]e|copying|notice)(\.(txt|md))?$/i.test(file));
  if (files.length === 0) throw new Error(`${name} has no licence file`);
  return files.map((file) => readFileSync(join(folder, file), "utf8").trim()).join("\n\n");
}

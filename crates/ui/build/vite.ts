// How each page is built. The edge serves the page `name` at `/<name>`, or at another path, and its files below, under a
// policy without inline script or style: nothing may be inlined into the page but images (data: is allowed for them).

import type { UserConfig } from "vite";
import { licences } from "./licences.ts";

/** The configuration of the page in the folder `name`, served at `path`; what is built goes to `dist/<name>`. */
export function page(name: string, path = `/${name}`): UserConfig {
  return {
    base: `${path}/`,
    plugins: [licences("licences.txt")],
    build: {
      outDir: `../dist/${name}`,
      emptyOutDir: true,
      target: "es2022",
      modulePreload: { polyfill: false },
      assetsInlineLimit: (file) => (file.endsWith(".svg") ? undefined : false),
      // One player is half a megabyte and more; each is loaded only when a stream needs it.
      chunkSizeWarningLimit: 1000,
    },
  };
}

import { defineConfig } from "vitest/config";
import { licences } from "./build/licences.ts";

// The edge serves the result below /watch/ under a policy without inline script or style: nothing may be inlined
// into the page but images (data: is allowed for them).
export default defineConfig({
  root: "watch",
  base: "/watch/",
  plugins: [licences("licences.txt")],
  build: {
    outDir: "../dist",
    emptyOutDir: true,
    target: "es2022",
    modulePreload: { polyfill: false },
    assetsInlineLimit: (file) => (file.endsWith(".svg") ? undefined : false),
    // One player is half a megabyte and more; each is loaded only when a stream needs it.
    chunkSizeWarningLimit: 1000,
  },
  test: { include: ["**/*.test.ts"] },
});

import { defineConfig } from "vitest/config";

export default defineConfig({
  test: { include: ["page/**/*.test.ts", "watch/**/*.test.ts", "self-test/**/*.test.ts"] },
});

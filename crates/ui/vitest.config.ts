import { defineConfig } from "vitest/config";

export default defineConfig({
  test: { include: ["page", "watch", "self-test", "telemetry", "sent"].map((folder) => `${folder}/**/*.test.ts`) },
});

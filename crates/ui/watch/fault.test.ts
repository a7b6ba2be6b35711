import { expect, test } from "vitest";
import { explain, isPassing, manifestFault, unreachable } from "./fault.ts";

test.each([
  [null, "unreachable"],
  [0, "unreachable"],
  [200, "unreachable"],
  [401, "refused"],
  [403, "refused"],
  [404, "missing"],
  [410, "missing"],
  [429, "unreachable"],
  [502, "unreachable"],
] as const)("manifest status %s is %s", (status, kind) => {
  expect(manifestFault(status, "d").kind).toBe(kind);
});

test("only what may pass is tried again", () => {
  expect(isPassing(unreachable(502, "d"))).toBe(true);
  expect(isPassing(manifestFault(404, "d"))).toBe(false);
  expect(isPassing(manifestFault(403, "d"))).toBe(false);
});

test("no answer and a wrong answer are told apart", () => {
  expect(explain(unreachable(0, "d"))).toBe("The edge in this office does not answer.");
  expect(explain(unreachable(502, "d"))).toContain("status 502");
});

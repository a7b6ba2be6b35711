import { expect, test } from "vitest";
import { path, place } from "./bars.ts";

test("a path has each bar with a height, from its bottom up", () => {
  const bar = { left: 1.5, width: 3, bottom: 140, height: 20.126 };
  expect(path([bar, { ...bar, height: 0 }, { ...bar, left: 10, bottom: 119.874 }])).toBe("M1.5 140v-20.13h3v20.13zM10 119.87v-20.13h3v20.13z");
  expect(path([])).toBe("");
});

test.each([
  [4, 400],
  [96, 300],
  [192, 300],
])("%d bars fill %d pixels and do not overlap", (count, width) => {
  const places = Array.from({ length: count }, (_, n) => place(n, count, width));
  for (const [n, { left, width: wide }] of places.entries()) {
    expect(wide).toBeGreaterThan(0);
    expect(left + wide).toBeLessThanOrEqual((places[n + 1]?.left ?? width) + 1e-9);
  }
});

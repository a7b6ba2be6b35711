import { expect, test } from "vitest";
import { fields, figure, list, oneOf, words } from "./json.ts";

test("what is something else is nothing", () => {
  expect([fields([]), fields(null), fields("a")]).toEqual([null, null, null]);
  expect([figure("1"), figure(-1), figure(Number.NaN), figure(Infinity), figure(null)]).toEqual([null, null, null, null, null]);
  expect([words(""), words(1)]).toEqual([null, null]);
  expect([list({}), list("ab")]).toEqual([[], []]);
  expect(oneOf(["a", "b"], "c")).toBeNull();
});

test("what is as it should be is taken", () => {
  expect([fields({ a: 1 }), figure(0), words("a"), list([1]), oneOf(["a"], "a")]).toEqual([{ a: 1 }, 0, "a", [1], "a"]);
});

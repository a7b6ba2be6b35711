import { expect, test } from "vitest";
import { fromFragment, inOrderOf, shown, toFragment } from "./choice.ts";
import type { Window } from "./watched.ts";

function window(bucket: string, events = 1): Window {
  return { bucket, start: new Date(bucket), isRunning: false, events, entries: [] };
}

const [OLD, NEW, EMPTY] = [window("2026-11-21T10:00Z"), window("2026-11-21T10:15Z"), window("2026-11-21T10:30Z", 0)];

test("a choice survives the address", () => {
  for (const choice of [
    { bucket: "2026-11-21T10:15Z", entry: "1_abcd&window=x #é" },
    { bucket: null, entry: "a" },
    { bucket: "2026-11-21T10:15Z", entry: null },
    { bucket: null, entry: null },
  ]) {
    expect(fromFragment(toFragment(choice))).toEqual(choice);
  }
  expect(fromFragment("")).toEqual({ bucket: null, entry: null });
});

test("at first it is the newest window with something in it", () => {
  expect(shown([EMPTY, NEW, OLD], null, EMPTY.bucket)).toEqual({ window: NEW, isGone: false, newer: null });
  expect(shown([EMPTY], null, EMPTY.bucket)).toEqual({ window: EMPTY, isGone: false, newer: null });
  expect(shown([], null, null)).toEqual({ window: null, isGone: false, newer: null });
});

test("a reader stays at their window, and is told of one that begins", () => {
  expect(shown([NEW, OLD], OLD.bucket, NEW.bucket)).toEqual({ window: OLD, isGone: false, newer: null });
  expect(shown([EMPTY, NEW, OLD], OLD.bucket, NEW.bucket)).toEqual({ window: OLD, isGone: false, newer: EMPTY });
  expect(shown([NEW, OLD], NEW.bucket, OLD.bucket).newer).toBeNull();
});

test("a window that is no longer kept is said to be gone", () => {
  expect(shown([NEW], OLD.bucket, NEW.bucket)).toEqual({ window: NEW, isGone: true, newer: null });
  expect(shown([], OLD.bucket, null)).toEqual({ window: null, isGone: true, newer: null });
});

test("rows stay in their order, gone ones leave, new ones come last", () => {
  expect(inOrderOf([], ["a", "b"])).toEqual(["a", "b"]);
  expect(inOrderOf(["a", "b", "c"], ["d", "c", "a"])).toEqual(["a", "c", "d"]);
});

import { afterEach, beforeEach, expect, test, vi } from "vitest";
import { Polling } from "./polling.ts";

const EVERY = 5_000;
let looking = "visible";
let heard: Record<string, () => void> = {};

beforeEach(() => {
  vi.useFakeTimers();
  vi.spyOn(Math, "random").mockReturnValue(0.5);
  [looking, heard] = ["visible", {}];
  const listens = (name: string, listener: () => void) => {
    heard[name] = listener;
  };
  vi.stubGlobal("window", { setTimeout, clearTimeout, addEventListener: listens });
  vi.stubGlobal("document", {
    addEventListener: listens,
    get visibilityState() {
      return looking;
    },
  });
});

afterEach(() => {
  vi.useRealTimers();
  vi.unstubAllGlobals();
  vi.restoreAllMocks();
});

function polling(ask: () => Promise<number>, goesOn = true) {
  const shown: number[] = [];
  const waits: number[] = [];
  const show = (value: number) => {
    shown.push(value);
    return goesOn;
  };
  return { shown, waits, it: new Polling({ everyMs: EVERY, ask, show, failed: (wait) => waits.push(wait) }) };
}

async function pass(ms: number): Promise<void> {
  await vi.advanceTimersByTimeAsync(ms);
}

test("it asks at once and then every so often", async () => {
  let n = 0;
  const { it, shown } = polling(async () => (n += 1));
  it.start();
  await pass(0);
  expect(shown).toEqual([1]);
  await pass(EVERY - 1);
  expect(shown).toEqual([1]);
  await pass(1);
  expect(shown).toEqual([1, 2]);
});

test("without an answer it waits longer each time, and is quick again after one", async () => {
  let isThere = false;
  const { it, shown, waits } = polling(async () => (isThere ? 7 : Promise.reject(new Error("gone"))));
  it.start();
  await pass(6_999);
  expect(waits).toEqual([1_000, 2_000, 4_000]);
  isThere = true;
  await pass(1);
  expect(shown).toEqual([7]);
  isThere = false;
  await pass(EVERY);
  expect(waits).toEqual([1_000, 2_000, 4_000, 1_000]);
});

test("hidden or paused it rests; asked for, it asks", async () => {
  let n = 0;
  const { it, shown } = polling(async () => (n += 1));
  it.start();
  await pass(0);
  looking = "hidden";
  heard["visibilitychange"]?.();
  await pass(10 * EVERY);
  expect(shown).toEqual([1]);
  looking = "visible";
  heard["visibilitychange"]?.();
  await pass(0);
  expect(shown).toEqual([1, 2]);
  it.pause();
  await pass(10 * EVERY);
  expect(shown).toEqual([1, 2]);
  it.now();
  await pass(EVERY);
  expect(shown).toEqual([1, 2, 3]);
  it.resume();
  await pass(0);
  expect(shown).toEqual([1, 2, 3, 4]);
});

test("it asks one question at a time, and the one that came in between afterwards", async () => {
  const answers: ((value: number) => void)[] = [];
  const { it, shown } = polling(() => new Promise((resolve) => answers.push(resolve)));
  it.start();
  await pass(0);
  it.now();
  it.now();
  expect(answers.length).toBe(1);
  answers[0]?.(1);
  await pass(0);
  expect([answers.length, shown]).toEqual([2, [1]]);
  answers[1]?.(2);
  await pass(EVERY - 1);
  expect([answers.length, shown]).toEqual([2, [1, 2]]);
});

test("told to end, it asks no more", async () => {
  let n = 0;
  const { it } = polling(async () => (n += 1), false);
  it.start();
  await pass(10 * EVERY);
  it.now();
  it.resume();
  await pass(10 * EVERY);
  expect(n).toBe(1);
});

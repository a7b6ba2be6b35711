import { expect, test } from "vitest";
import { coarse, EMPTY, record, SLOTS, type History, type Reading } from "./history.ts";

function recorded(...readings: [atSeconds: number, office: number, link: number][]): History {
  return readings.map(([atSeconds, office, link]): Reading => ({ atSeconds, office, link })).reduce(record, EMPTY);
}

test("the first reading is where counting begins, not growth", () => {
  expect(recorded([0, 1_000, 500]).slots).toEqual([{ office: 0, link: 0 }]);
});

test("readings within a slot add up, a later one opens the next", () => {
  const history = recorded([0, 0, 0], [1, 10, 1], [2, 30, 1], [3, 35, 2]);
  expect(history.slots).toEqual([{ office: 30, link: 1 }, { office: 5, link: 1 }]);
});

test("a pause leaves empty slots, so that time on the chart stays true", () => {
  const history = recorded([0, 0, 0], [9, 7, 0]);
  expect(history.slots.map((slot) => slot.office)).toEqual([0, 0, 0, 7]);
});

test("totals that fall mean a new start", () => {
  expect(recorded([0, 0, 0], [1, 50, 5], [2, 3, 0]).slots).toEqual([{ office: 0, link: 0 }]);
});

test("the history is bounded, also after a very long pause", () => {
  const history = recorded([0, 0, 0], [1e6, 5, 0], [1e6 + 3, 9, 0]);
  expect(history.slots).toHaveLength(SLOTS);
  expect(history.slots.at(-1)).toEqual({ office: 4, link: 0 });
});

test("coarse rows are counted back from now, and none of the traffic is lost", () => {
  const history = recorded([0, 0, 0], [1, 1, 1], [3, 3, 1], [6, 7, 1], [9, 15, 2]);
  expect(coarse(history, 2)).toEqual([{ office: 3, link: 1 }, { office: 12, link: 1 }]);
  expect(coarse(history, 3)).toEqual([{ office: 1, link: 1 }, { office: 14, link: 1 }]);
});

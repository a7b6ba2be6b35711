import { expect, test } from "vitest";
import { renditionOptions } from "./player.ts";

test("renditions come best first, and twins are told apart by their bit rate", () => {
  const renditions = [
    { id: "a", height: 360, bitRate: 400_000 },
    { id: "b", height: 720, bitRate: 1_500_000 },
    { id: "c", height: 720, bitRate: 2_500_000 },
    { id: "d", height: 0, bitRate: 96_000 },
  ];
  expect(renditionOptions(renditions)).toEqual([
    { id: "c", label: "720p, 2500 kbit/s" },
    { id: "b", label: "720p, 1500 kbit/s" },
    { id: "a", label: "360p" },
    { id: "d", label: "96 kbit/s" },
  ]);
});

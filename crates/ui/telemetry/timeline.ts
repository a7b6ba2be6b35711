// The chart of the windows: a bar for each, of which the full part is what leaves. It can be clicked; whoever does not
// point has the list of windows below it for the same.

import { place } from "../page/bars.ts";
import { drawn } from "../page/drawn.ts";
import { element, setText } from "../page/elements.ts";
import { count } from "../page/format.ts";
import { nextDigit } from "../page/scale.ts";
import type { Slot } from "./slots.ts";

const SVG = "http://www.w3.org/2000/svg";
const HEIGHT = 140;
/** Below the bars there is room for the mark of the window that is shown. */
const FLOOR = HEIGHT - 12;
/** A bar with something in it can be seen. */
const LEAST_PX = 2;

interface Drawn {
  readonly box: SVGGElement;
  readonly ground: SVGRectElement;
  readonly all: SVGRectElement;
  readonly leaves: SVGRectElement;
  readonly title: SVGTitleElement;
}

export class Timeline {
  readonly #chart = element("windows-chart", SVGSVGElement);
  readonly #top = element("windows-top", HTMLElement);
  readonly #mark = document.createElementNS(SVG, "path");
  readonly #grid = document.createElementNS(SVG, "path");
  readonly #draw: () => void;
  #bars: Drawn[] = [];
  #slots: readonly Slot[] = [];
  #chosen: string | null = null;
  #name: (slot: Slot) => string = () => "";

  constructor(choose: (bucket: string) => void) {
    this.#mark.setAttribute("class", "mark");
    this.#grid.setAttribute("class", "grid");
    this.#chart.append(this.#grid, this.#mark);
    this.#chart.addEventListener("click", (event) => {
      const n = this.#bars.findIndex(({ box }) => box.contains(event.target as Node));
      const bucket = this.#slots[n]?.window?.bucket;
      if (bucket !== undefined) choose(bucket);
    });
    this.#draw = drawn(this.#chart, (width) => this.#drawIn(width));
  }

  /** `name` says what a bar stands for, to those who rest on it. */
  show(slots: readonly Slot[], chosen: string | null, name: (slot: Slot) => string): void {
    [this.#slots, this.#chosen, this.#name] = [slots, chosen, name];
    while (this.#bars.length > slots.length) this.#bars.pop()?.box.remove();
    while (this.#bars.length < slots.length) this.#bars.push(newBar(this.#chart));
    this.#draw();
  }

  #drawIn(width: number): void {
    const slots = this.#slots;
    const top = nextDigit(Math.max(5, ...slots.map(({ events }) => events)));
    const height = (value: number) => (value === 0 ? 0 : Math.max(LEAST_PX, (value / top) * (FLOOR - 1)));
    this.#chart.setAttribute("viewBox", `0 0 ${width} ${HEIGHT}`);
    this.#grid.setAttribute("d", `M0 .5h${width}M0 ${Math.round(FLOOR / 2)}.5h${width}M0 ${FLOOR + 0.5}h${width}`);
    setText(this.#top, count(top));
    this.#mark.setAttribute("d", "");
    this.#bars.forEach((bar, n) => {
      const slot = slots[n];
      if (slot === undefined) return;
      const at = place(n, slots.length, width);
      // The outline lies inside, so that neighbours do not touch.
      const inset = Math.min(0.75, at.width / 4);
      box(bar.ground, { left: (n * width) / slots.length, width: width / slots.length, top: 0, height: FLOOR });
      const all = Math.max(0, height(slot.events) - 2 * inset);
      box(bar.all, { left: at.left + inset, width: at.width - 2 * inset, top: FLOOR - all - inset, height: all });
      box(bar.leaves, { ...at, top: FLOOR - height(slot.leaves), height: height(slot.leaves) });
      setText(bar.title, this.#name(slot));
      bar.box.setAttribute("class", classOf(slot));
      if (slot.window !== null && slot.window.bucket === this.#chosen) this.#mark.setAttribute("d", mark(at.left + at.width / 2, width));
    });
  }
}

function classOf({ window }: Slot): string {
  return window === null ? "slot" : window.isRunning ? "slot there running" : "slot there";
}

/** A triangle that points up at the bar; whole also at the edges. */
function mark(middle: number, width: number): string {
  const at = Math.min(width - 7, Math.max(7, middle));
  return `M${at.toFixed(1)} ${FLOOR + 2}l7 10h-14z`;
}

function newBar(chart: SVGSVGElement): Drawn {
  const [group, title] = [document.createElementNS(SVG, "g"), document.createElementNS(SVG, "title")];
  const [ground, all, leaves] = ["ground", "all", "leaves"].map((name) => {
    const rect = document.createElementNS(SVG, "rect");
    rect.setAttribute("class", name);
    return rect;
  }) as [SVGRectElement, SVGRectElement, SVGRectElement];
  group.append(title, ground, all, leaves);
  chart.append(group);
  return { box: group, ground, all, leaves, title };
}

function box(rect: SVGRectElement, { left, width, top, height }: { left: number; width: number; top: number; height: number }): void {
  for (const [name, value] of Object.entries({ x: left, width, y: top, height })) rect.setAttribute(name, Math.max(0, value).toFixed(2));
}

// The segments of the entry that is shown: a chart over their numbers, and the same figures as a table. As what
// requests leave is told by patterns in the one and by words in the other.

import { path, place } from "../page/bars.ts";
import { drawn } from "../page/drawn.ts";
import { element, setText } from "../page/elements.ts";
import { count } from "../page/format.ts";
import { showRows } from "../page/rows.ts";
import { nextDigit } from "../page/scale.ts";
import { columns, height, type Columns } from "./columns.ts";
import { LEAVES, type Cell, type Entry, type Leaves, type Watched, type Window } from "./watched.ts";
import { asWhat, leavesTitle, partOf, plural, segmentName } from "./words.ts";

const HEIGHT = 140;
/** Narrower, a pattern would not be one. */
const LEAST_COLUMN_PX = 11;
const FIRST = 20;

export class Segments {
  readonly #box = element("segments", HTMLElement);
  readonly #rows = element("segments-rows", HTMLTableSectionElement);
  readonly #more = element("segments-more", HTMLButtonElement);
  readonly #paths = Object.fromEntries(
    LEAVES.map((leaves) => [leaves, element(`segments-as-${leaves}`, SVGPathElement)]),
  ) as Record<Leaves, SVGPathElement>;
  readonly #draw: () => void;
  #entry = "";
  #cells: readonly Cell[] = [];
  #limit = FIRST;

  constructor(close: () => void) {
    const chart = element("segments-chart", SVGSVGElement);
    this.#draw = drawn(chart, (width) => this.#drawIn(chart, width));
    element("segments-close", HTMLButtonElement).addEventListener("click", close);
    this.#more.addEventListener("click", () => {
      this.#limit = Infinity;
      this.#tell();
      // The button is gone; the reader goes on where it was.
      this.#box.focus({ preventScroll: true });
    });
  }

  /** Shows `id`; `found` is what the window has of it, and undefined until the edge has told. */
  show(watched: Watched, window: Window, id: string, found: Entry | null | undefined): void {
    if (id !== this.#entry) [this.#entry, this.#limit] = [id, FIRST];
    this.#box.hidden = false;
    this.#cells = (found?.cells ?? []).toSorted(byNumber);
    setText(element("segments-title", HTMLElement), id);
    setText(element("segments-leaves-title", HTMLElement), leavesTitle(watched, window));
    setText(element("segments-sum", HTMLElement), sum(watched, window, found));
    element("segments-there", HTMLElement).hidden = this.#cells.length === 0;
    this.#draw();
    this.#tell();
  }

  hide(): void {
    this.#box.hidden = true;
    this.#entry = "";
  }

  /** Has the reader see it, who may not when it stands below a long table. */
  come(): void {
    if (this.#box.getBoundingClientRect().top > window.innerHeight - 120) this.#box.focus();
  }

  #tell(): void {
    const shown = this.#cells.slice(0, this.#limit);
    showRows(this.#rows, shown.map((cell) => [
      { text: segmentName(cell) },
      { text: count(cell.count), className: "number" },
      { text: asWhat(cell.leaves), className: `as as-${cell.leaves ?? "unknown"}` },
    ]));
    this.#more.hidden = shown.length === this.#cells.length;
    setText(this.#more, `Show all ${count(this.#cells.length)}`);
  }

  #drawIn(chart: SVGSVGElement, width: number): void {
    const found = columns(this.#cells, Math.floor(width / LEAST_COLUMN_PX));
    const top = nextDigit(Math.max(5, ...found.columns.map(height)));
    chart.setAttribute("viewBox", `0 0 ${width} ${HEIGHT}`);
    element("segments-grid", SVGPathElement).setAttribute("d", `M0 .5h${width}M0 ${HEIGHT / 2}.5h${width}M0 ${HEIGHT - 0.5}h${width}`);
    for (const [n, leaves] of LEAVES.entries()) {
      this.#paths[leaves].setAttribute("d", path(found.columns.map((column, at) => {
        const below = LEAVES.slice(0, n).reduce((height, other) => height + column.counts[other], 0);
        const scaled = (value: number) => (value / top) * (HEIGHT - 2);
        const wide = Math.max(found.columns.length, 12);
        return { ...place(at, wide, width), bottom: HEIGHT - 1 - scaled(below), height: scaled(column.counts[leaves]) };
      })));
    }
    this.#label(found, top);
  }

  #label({ columns: all, segments }: Columns, top: number): void {
    const [first, last] = [all[0], all.at(-1)];
    setText(element("segments-top", HTMLElement), count(top));
    setText(element("segments-each", HTMLElement), segments === 1 ? "a bar for each segment" : `a bar for ${count(segments)} segments`);
    setText(element("segments-from", HTMLElement), first === undefined ? "" : `segment ${first.first}`);
    setText(element("segments-to", HTMLElement), last === undefined || last === first ? "" : String(last.last));
    const most = this.#cells.reduce<Cell | null>((one, other) => (one === null || other.count > one.count ? other : one), null);
    const title = most === null ? "none" : `${plural(this.#cells.length, "count", "counts")}, at most ${count(most.count)} (${segmentName(most)})`;
    setText(element("segments-chart-title", SVGTitleElement), `Requests per segment: ${title}. The table below has all of them.`);
  }
}

function sum(watched: Watched, window: Window, found: Entry | null | undefined): string {
  if (found === undefined) return "Asking the edge…";
  if (found === null) return "This window has no request for this entry.";
  const title = leavesTitle(watched, window).toLowerCase();
  const without = (found.unnumbered ?? 0) === 0 ? "" : ` ${count(found.unnumbered)} of them without a segment number.`;
  return `${plural(found.count, "request", "requests")}; ${title}: ${partOf(found.leaves, found.count)}.${without}`;
}

/** What has no number stands last. */
function byNumber(one: Cell, other: Cell): number {
  return (one.first ?? Infinity) - (other.first ?? Infinity) || (one.last ?? 0) - (other.last ?? 0) || 0;
}

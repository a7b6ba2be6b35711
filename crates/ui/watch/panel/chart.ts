// The last minutes as stacked bars, drawn as SVG, with the same figures as a table for those who do not see it.

import { element, setText } from "../../page/elements.ts";
import { bitRate } from "../../page/format.ts";
import { nextRound } from "../../page/scale.ts";
import { coarse, SLOT_SECONDS, SLOTS, type History, type Slot } from "./history.ts";

const WIDTH = 600;
const HEIGHT = 120;
const STEP = WIDTH / SLOTS;
const BAR = STEP * 0.72;
const SLOTS_PER_ROW = 10;
/** The scale never goes below this (bytes per second), so that silence does not look like noise. */
const LEAST_SCALE = 12_500;

export class Chart {
  readonly #office = element("chart-office", SVGPathElement);
  readonly #link = element("chart-link", SVGPathElement);
  readonly #title = element("chart-title", SVGTitleElement);
  readonly #top = element("chart-top", HTMLElement);
  readonly #rows = element("chart-rows", HTMLTableSectionElement);

  show(history: History): void {
    const slots = history.slots;
    const most = Math.max(LEAST_SCALE, ...slots.map((slot) => rate(slot.office + slot.link)));
    // The label is in bits.
    const top = nextRound(most * 8) / 8;
    const height = (value: number) => (rate(value) / top) * HEIGHT;
    const first = SLOTS - slots.length;
    this.#link.setAttribute("d", bars(slots, first, () => 0, (slot) => height(slot.link)));
    this.#office.setAttribute("d", bars(slots, first, (slot) => height(slot.link), (slot) => height(slot.office)));
    setText(this.#top, bitRate(top));
    this.#tell(history);
  }

  #tell(history: History): void {
    const rows = coarse(history, SLOTS_PER_ROW).toReversed();
    const total = coarse(history, SLOTS)[0] ?? { office: 0, link: 0 };
    const seconds = history.slots.length * SLOT_SECONDS;
    setText(
      this.#title,
      `Traffic of the last ${seconds} seconds: on average ${bitRate(total.office / seconds)} from this office, ` +
        `${bitRate(total.link / seconds)} over the link.`,
    );
    while (this.#rows.rows.length > rows.length) this.#rows.deleteRow(-1);
    rows.forEach((row, n) => fillRow(this.#rows.rows[n] ?? newRow(this.#rows), row, n, history.slots.length));
  }
}

function newRow(body: HTMLTableSectionElement): HTMLTableRowElement {
  const row = body.insertRow();
  const head = document.createElement("th");
  head.scope = "row";
  row.append(head);
  row.insertCell();
  row.insertCell();
  return row;
}

function fillRow(row: HTMLTableRowElement, slot: Slot, n: number, slots: number): void {
  const covered = Math.min(SLOTS_PER_ROW, slots - n * SLOTS_PER_ROW) * SLOT_SECONDS;
  const from = n * SLOTS_PER_ROW * SLOT_SECONDS;
  const words = [`${from}–${from + covered} s ago`, bitRate(slot.office / covered), bitRate(slot.link / covered)];
  words.forEach((text, cell) => {
    const target = row.cells[cell];
    if (target) setText(target, text);
  });
}

function bars(slots: readonly Slot[], first: number, base: (slot: Slot) => number, size: (slot: Slot) => number): string {
  return slots
    .map((slot, n) => {
      const height = size(slot);
      if (height <= 0) return "";
      const left = (first + n) * STEP + (STEP - BAR) / 2;
      return `M${left.toFixed(2)} ${(HEIGHT - base(slot)).toFixed(2)}v${(-height).toFixed(2)}h${BAR.toFixed(2)}v${height.toFixed(2)}z`;
    })
    .join("");
}

function rate(bytesInSlot: number): number {
  return bytesInSlot / SLOT_SECONDS;
}

// The windows: their chart, the choice of one, and all of them as a table.

import { element, isDisabled, setDisabled, setText } from "../page/elements.ts";
import { count } from "../page/format.ts";
import { day, dayAndSpan, minute } from "../page/moment.ts";
import { showRows } from "../page/rows.ts";
import type { Shown } from "./choice.ts";
import { leavesOf, slots, type Slot } from "./slots.ts";
import { Timeline } from "./timeline.ts";
import type { Watched, Window } from "./watched.ts";
import { leavesTitle, partOf, plural, share } from "./words.ts";

export class Windows {
  readonly #box = element("windows", HTMLElement);
  readonly #select = element("window", HTMLSelectElement);
  readonly #earlier = element("earlier", HTMLButtonElement);
  readonly #later = element("later", HTMLButtonElement);
  readonly #rows = element("windows-rows", HTMLTableSectionElement);
  readonly #timeline: Timeline;
  #buckets: readonly string[] = [];
  #newer: string | null = null;

  constructor(choose: (bucket: string) => void) {
    this.#timeline = new Timeline(choose);
    this.#select.addEventListener("change", () => choose(this.#select.value));
    this.#earlier.addEventListener("click", () => this.#step(this.#earlier, 1, choose));
    this.#later.addEventListener("click", () => this.#step(this.#later, -1, choose));
    element("newer-show", HTMLButtonElement).addEventListener("click", () => {
      if (this.#newer === null) return;
      choose(this.#newer);
      this.#select.focus();
    });
  }

  /** `note` is what the reader should know of their choice. */
  show(watched: Watched, { window, newer }: Shown, note: string): void {
    const { windows, widthSeconds } = watched;
    this.#box.hidden = windows.length === 0;
    if (window === null) return;
    const line = slots(windows, widthSeconds);
    this.#timeline.show(line, window.bucket, (slot) => nameOf(slot, watched));
    setText(element("windows-chart-title", SVGTitleElement), sum(line, widthSeconds));
    setText(element("windows-from", HTMLElement), line[0] === undefined ? "" : `${day(line[0].start)}, ${minute(line[0].start)}`);
    setText(element("windows-to", HTMLElement), windows[0]?.isRunning ? "running" : "");
    setText(element("windows-legend", HTMLElement), watched.upstream.state === "none" ? "would leave" : "leaves");
    this.#offer(watched, window);
    this.#newer = newer?.bucket ?? null;
    element("newer-box", HTMLElement).hidden = newer === null && note === "";
    element("newer-show", HTMLElement).hidden = newer === null;
    setText(element("newer", HTMLElement), [note, newer === null ? "" : `A newer window has begun: ${dayAndSpan(newer.start, widthSeconds)}.`].join(" ").trim());
    setText(element("windows-leaves-title", HTMLElement), watched.upstream.state === "none" ? "Would leave" : "Leaves");
    showRows(this.#rows, windows.map((it) => row(it, window, watched)));
  }

  #offer({ windows, widthSeconds }: Watched, chosen: Window): void {
    this.#buckets = windows.map(({ bucket }) => bucket);
    const options = this.#select.options;
    while (options.length > windows.length) options.remove(options.length - 1);
    windows.forEach(({ bucket, start, isRunning }, n) => {
      const option = options[n] ?? this.#select.appendChild(document.createElement("option"));
      const text = `${dayAndSpan(start, widthSeconds)}${isRunning ? " (running)" : ""}`;
      if (option.value !== bucket) option.value = bucket;
      if (option.text !== text) option.text = text;
    });
    if (this.#select.value !== chosen.bucket) this.#select.value = chosen.bucket;
    const place = this.#buckets.indexOf(chosen.bucket);
    setDisabled(this.#earlier, place === windows.length - 1);
    setDisabled(this.#later, place === 0);
  }

  #step(button: HTMLButtonElement, by: number, choose: (bucket: string) => void): void {
    const next = this.#buckets[this.#buckets.indexOf(this.#select.value) + by];
    if (!isDisabled(button) && next !== undefined) choose(next);
  }
}

function row(window: Window, chosen: Window, { widthSeconds }: Watched) {
  const marks = [window.isRunning ? "running" : "", window === chosen ? "shown" : ""].filter((mark) => mark !== "");
  return [
    { text: [dayAndSpan(window.start, widthSeconds), ...marks].join(", ") },
    { text: window.bucket, className: "id" },
    { text: count(window.events), className: "number" },
    { text: share(leavesOf(window), window.events), className: "number" },
  ];
}

function nameOf({ start, window, events, leaves }: Slot, watched: Watched): string {
  const when = dayAndSpan(start, watched.widthSeconds);
  if (window === null) return `${when}: nothing`;
  const title = leavesTitle(watched, window).toLowerCase();
  return `${when}${window.isRunning ? ", running" : ""}: ${plural(events, "request", "requests")}, ${title}: ${partOf(leaves, events)}`;
}

function sum(line: readonly Slot[], widthSeconds: number): string {
  const [first, last] = [line.find(({ window }) => window !== null), line.at(-1)];
  if (first === undefined || last === undefined) return "Requests per window: none yet.";
  const most = line.reduce((one, other) => (other.events > one.events ? other : one));
  const all = line.reduce((total, { events }) => total + events, 0);
  return (
    `Requests per window since ${dayAndSpan(first.start, widthSeconds)}: ${count(all)} in all, at most ${count(most.events)} ` +
    `(${dayAndSpan(most.start, widthSeconds)}), ${count(last.events)} in the newest. The table below has all of them.`
  );
}

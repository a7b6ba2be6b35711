// The entries of the window that is shown. Rows stay where they are while their figures change; the reader has them
// ordered anew when that is wanted.

import { element, made, setText } from "../page/elements.ts";
import { count } from "../page/format.ts";
import { dayAndSpan } from "../page/moment.ts";
import { inOrderOf } from "./choice.ts";
import type { Entry, Watched, Window } from "./watched.ts";
import { leavesMeaning, leavesTitle, plural, share } from "./words.ts";

const FIRST = 25;

interface Row {
  readonly row: HTMLTableRowElement;
  readonly button: HTMLButtonElement;
  readonly count: HTMLTableCellElement;
  readonly leaves: HTMLTableCellElement;
}

export class Entries {
  readonly #box = element("entries", HTMLElement);
  readonly #body = element("entries-rows", HTMLTableSectionElement);
  readonly #more = element("entries-more", HTMLButtonElement);
  readonly #sort = element("entries-sort", HTMLButtonElement);
  readonly #choose: (entry: string) => void;
  readonly #rows = new Map<string, Row>();
  #bucket = "";
  #order: string[] = [];
  #showsAll = false;
  #again: () => void = () => undefined;

  constructor(choose: (entry: string) => void) {
    this.#choose = choose;
    this.#more.addEventListener("click", () => {
      this.#showsAll = true;
      this.#again();
      this.#rows.get(this.#order[FIRST] ?? "")?.button.focus();
    });
    this.#sort.addEventListener("click", () => {
      this.#order = [];
      this.#again();
      // The button is gone, for there is nothing to order any more.
      this.#rows.get(this.#order[0] ?? "")?.button.focus();
    });
  }

  /** `window` is null when there is none yet. */
  show(watched: Watched, window: Window | null, chosen: string | null): void {
    this.#again = () => this.show(watched, window, chosen);
    this.#box.hidden = !watched.enabled || watched.view === "off";
    const bucket = window?.bucket ?? "";
    if (bucket !== this.#bucket) [this.#bucket, this.#order, this.#showsAll] = [bucket, [], false];
    const entries = window?.entries ?? [];
    const byCount = entries.map(({ id }) => id);
    this.#order = inOrderOf(this.#order, byCount);
    setText(element("entries-window", HTMLElement), window === null ? "" : windowName(window, watched));
    setText(element("entries-none", HTMLElement), entries.length === 0 ? nothing(window) : "");
    element("entries-none", HTMLElement).hidden = entries.length > 0;
    element("entries-table", HTMLElement).hidden = entries.length === 0;
    setText(element("entries-meaning", HTMLElement), window === null || entries.length === 0 ? "" : leavesMeaning(watched, window));
    if (window !== null) setText(element("entries-leaves-title", HTMLElement), leavesTitle(watched, window));
    this.#fill(new Map(entries.map((entry) => [entry.id, entry])), chosen);
    this.#more.hidden = this.#showsAll || entries.length <= FIRST;
    setText(this.#more, `Show all ${count(entries.length)}`);
    this.#sort.hidden = this.#order.every((id, n) => id === byCount[n]);
  }

  /** Puts the reader back to where they chose from. */
  focus(entry: string): void {
    (this.#rows.get(entry)?.button ?? this.#box.querySelector("button"))?.focus();
  }

  #fill(entries: ReadonlyMap<string, Entry>, chosen: string | null): void {
    const ids = this.#showsAll ? this.#order : this.#order.slice(0, FIRST);
    const wanted = new Set(ids);
    for (const [id, { row }] of this.#rows) {
      if (wanted.has(id)) continue;
      row.remove();
      this.#rows.delete(id);
    }
    ids.forEach((id, n) => {
      const [row, entry] = [this.#rows.get(id) ?? this.#newRow(id), entries.get(id)];
      if (entry === undefined) return;
      setText(row.count, count(entry.count));
      setText(row.leaves, share(entry.leaves, entry.count));
      row.button.setAttribute("aria-pressed", String(id === chosen));
      if (this.#body.rows[n] !== row.row) this.#body.insertBefore(row.row, this.#body.rows[n] ?? null);
    });
  }

  #newRow(id: string): Row {
    const [row, head, button] = [made("tr"), made("th"), made("button", id, "entry id")];
    head.scope = "row";
    button.type = "button";
    button.addEventListener("click", () => this.#choose(id));
    head.append(button);
    const [counted, leaves] = [made("td", "", "number"), made("td", "", "number")];
    row.append(head, counted, leaves);
    const found = { row, button, count: counted, leaves };
    this.#rows.set(id, found);
    return found;
  }
}

function windowName(window: Window, { widthSeconds }: Watched): string {
  return `${dayAndSpan(window.start, widthSeconds)}${window.isRunning ? ", running" : ""}, ${plural(window.events, "request", "requests")}`;
}

function nothing(window: Window | null): string {
  if (window === null) return "Nothing was counted yet. As soon as a player asks this edge for video, it stands here.";
  return window.events === 0 ? "Nothing was counted in this window." : "No entry of this window may be shown.";
}

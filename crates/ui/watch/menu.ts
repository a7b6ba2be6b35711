// A native menu with a default entry on top: quality, captions, speed.

import { element, setText } from "../page/elements.ts";
import type { Option } from "./player.ts";

export class Menu {
  readonly #select: HTMLSelectElement;
  readonly #box: HTMLElement;
  readonly #onChoose: (id: string | null) => void;
  #chosen: string | null = null;
  #defaultLabel = "";
  #options: readonly Option[] = [];

  /** `onChoose` gets the entry's id, or null for the default. */
  constructor(id: string, onChoose: (id: string | null) => void) {
    this.#onChoose = onChoose;
    this.#select = element(id, HTMLSelectElement);
    this.#box = element(`${id}-box`, HTMLElement);
    this.#select.addEventListener("change", () => this.choose(this.#select.value === "" ? null : this.#select.value));
  }

  get chosen(): string | null {
    return this.#chosen;
  }

  /** Shows these entries; with none the whole menu is hidden. */
  fill(options: readonly Option[], defaultLabel: string): void {
    this.#box.hidden = options.length === 0;
    if (defaultLabel === this.#defaultLabel && sameOptions(options, this.#options)) return;
    this.#options = options;
    this.#defaultLabel = defaultLabel;
    const entries = [{ id: "", label: defaultLabel }, ...options];
    this.#select.replaceChildren(...entries.map(({ id, label }) => new window.Option(label, id)));
    this.#select.value = this.#chosen ?? "";
  }

  choose(id: string | null): void {
    this.#chosen = id;
    this.#select.value = id ?? "";
    this.#onChoose(id);
  }

  /** Words the default entry more closely, without touching what is chosen. */
  describeDefault(label: string): void {
    const [first] = this.#select.options;
    if (first) setText(first, label);
  }

  /** Back to the default, without telling anyone: a new stream begins. */
  reset(): void {
    this.#chosen = null;
    this.#options = [];
    this.#defaultLabel = "";
  }
}

function sameOptions(a: readonly Option[], b: readonly Option[]): boolean {
  return a.length === b.length && a.every((it, n) => it.id === b[n]?.id && it.label === b[n]?.label);
}

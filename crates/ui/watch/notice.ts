// One message over the picture, read aloud by screen readers (a polite live region), with at most one button.

import { element, setText } from "../page/elements.ts";

export type Tone = "info" | "wait" | "fail";

export interface Action {
  readonly label: string;
  run(): void;
}

const BRIEF_MS = 4_000;

export class Notice {
  readonly #box = element("notice", HTMLElement);
  readonly #text = element("notice-text", HTMLElement);
  readonly #button = element("notice-action", HTMLButtonElement);
  #action: Action | null = null;
  #timer: number | undefined;

  constructor() {
    this.#button.addEventListener("click", () => this.#action?.run());
  }

  /** Stays until the next message or `clear`. */
  show(tone: Tone, text: string, action: Action | null = null): void {
    window.clearTimeout(this.#timer);
    this.#action = action;
    this.#box.dataset["tone"] = tone;
    setText(this.#text, text);
    setText(this.#button, action?.label ?? "");
    this.#button.hidden = action === null;
  }

  /** Goes away by itself. */
  brief(text: string): void {
    this.show("info", text);
    this.#timer = window.setTimeout(() => this.clear(), BRIEF_MS);
  }

  clear(): void {
    this.show("info", "");
    delete this.#box.dataset["tone"];
  }
}

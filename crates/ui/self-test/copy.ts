// Hands the text over: to the clipboard where the browser allows it, otherwise selected for the keyboard.

import { toClipboard } from "../page/clipboard.ts";
import { element, setText } from "../page/elements.ts";

/** Where there is room for the text beside the findings (style.css), it is open from the start. */
const BESIDE = "(min-width: 1040px)";

export class CopyText {
  readonly #text = element("text", HTMLTextAreaElement);
  readonly #box = element("text-box", HTMLDetailsElement);
  readonly #said = element("copied", HTMLElement);

  /** Without the script there is nothing to hand over, so the card is hidden until now. */
  constructor() {
    element("handover", HTMLElement).hidden = false;
    this.#box.open = window.matchMedia(BESIDE).matches;
    element("copy", HTMLButtonElement).addEventListener("click", () => void this.#copy());
  }

  show(text: string): void {
    this.#text.value = text;
    setText(this.#said, "");
  }

  async #copy(): Promise<void> {
    if (this.#text.value === "") return;
    const done = await toClipboard(this.#text.value);
    if (!done) {
      this.#box.open = true;
      this.#text.focus();
      this.#text.select();
    }
    setText(this.#said, done ? "Copied." : "This browser does not let the page copy. The text is selected: copy it with Ctrl C or ⌘ C.");
  }
}

// One finding on the page: made once from the template, and changed when the check is over.

import { element, part, setText } from "../page/elements.ts";
import { CHECKS, VERDICTS, type Check, type Detail, type Finding } from "./finding.ts";

export class Card {
  readonly #box: HTMLElement;

  /** Puts an empty card behind those that are there. */
  constructor(check: Check) {
    const copy = element("finding", HTMLTemplateElement).content.cloneNode(true) as DocumentFragment;
    this.#box = part(copy, ".finding");
    const title = part(copy, "h2");
    title.textContent = CHECKS[check];
    title.id = `${check}-title`;
    this.#box.id = check;
    this.#box.setAttribute("aria-labelledby", title.id);
    element("findings", HTMLElement).append(copy);
  }

  show({ verdict, answer, explanation, details }: Finding): void {
    this.#box.dataset["verdict"] = verdict;
    setText(part(this.#box, ".verdict-text"), VERDICTS[verdict]);
    setText(part(this.#box, ".answer"), answer);
    setText(part(this.#box, ".explanation"), explanation);
    part(this.#box, "dl").hidden = details.length === 0;
    part(this.#box, "dl").replaceChildren(...details.map(row));
  }

  /** Puts `more` at the end of what the card says. */
  append(more: HTMLElement): void {
    part(this.#box, ".says").append(more);
  }
}

function row([label, value]: Detail): HTMLElement {
  const [box, term, text] = [document.createElement("div"), document.createElement("dt"), document.createElement("dd")];
  term.textContent = label;
  text.textContent = value;
  box.append(term, text);
  return box;
}

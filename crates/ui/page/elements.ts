// The page's elements by their id, with their type checked once at the start instead of at each use.

/** Throws when index.html has no such element: a mistake of ours that no visitor can cause. */
export function element<T extends Element>(id: string, type: new () => T): T {
  const found = document.getElementById(id);
  if (!(found instanceof type)) throw new Error(`index.html has no ${type.name} #${id}`);
  return found;
}

/** Sets the text only when it differs, so that nothing is laid out or read aloud twice. */
export function setText(target: Element, text: string): void {
  if (target.textContent !== text) target.textContent = text;
}

/** What `selector` finds in a part of the page that was made from a template of ours. */
export function part<T extends Element = HTMLElement>(box: ParentNode, selector: string): T {
  const found = box.querySelector<T>(selector);
  if (found === null) throw new Error(`the template has no ${selector}`);
  return found;
}

/** A new element with this text, and perhaps a class. */
export function made<K extends keyof HTMLElementTagNameMap>(tag: K, text = "", className = ""): HTMLElementTagNameMap[K] {
  const box = document.createElement(tag);
  if (text !== "") box.textContent = text;
  if (className !== "") box.className = className;
  return box;
}

/** By ARIA alone, so that the button keeps the focus: one that is disabled for good loses it. */
export function setDisabled(button: HTMLButtonElement, disabled: boolean): void {
  button.setAttribute("aria-disabled", String(disabled));
}

export function isDisabled(button: HTMLButtonElement): boolean {
  return button.getAttribute("aria-disabled") === "true";
}

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

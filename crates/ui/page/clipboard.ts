// The clipboard, where there is one.

/** Browsers have a clipboard in a secure context alone, and may refuse it there too. */
export async function toClipboard(text: string): Promise<boolean> {
  try {
    await navigator.clipboard.writeText(text);
    return true;
  } catch {
    return false;
  }
}

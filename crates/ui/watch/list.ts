// The list of streams: plain links, so that keyboard, middle click and bookmarks work; a plain click plays in place.

import { delayBefore } from "../page/backoff.ts";
import { parseCatalogue } from "./catalogue.ts";
import { element, setText } from "../page/elements.ts";
import { addressOf, type Stream } from "./source.ts";

const PATIENCE_MS = 8_000;

export class StreamList {
  readonly #list = element("streams", HTMLUListElement);
  readonly #note = element("streams-note", HTMLElement);
  readonly #onChoose: (stream: Stream) => void;
  readonly #links = new Map<string, HTMLAnchorElement>();
  #streams: readonly Stream[] = [];
  #chosen: string | null = null;

  constructor(onChoose: (stream: Stream) => void) {
    this.#onChoose = onChoose;
  }

  /** Reads the list, asking again a bounded number of times when the edge does not answer. */
  async load(attempt = 1): Promise<void> {
    try {
      const signal = AbortSignal.timeout(PATIENCE_MS);
      const answer = await fetch(`${import.meta.env.BASE_URL}streams.json`, { cache: "no-cache", signal });
      if (answer.status === 404) return this.#say("This edge has no list of streams. Open a stream from your portal.");
      if (!answer.ok) throw new Error(`status ${answer.status}`);
      this.#show(parseCatalogue(await answer.json(), location.origin));
    } catch {
      const delay = delayBefore(attempt, Math.random());
      if (delay === null) return this.#say("The list of streams could not be read. Load the page again to try once more.");
      this.#say("The list of streams cannot be read at present. Trying again…");
      window.setTimeout(() => void this.load(attempt + 1), delay);
    }
  }

  /** What the list knows of this address, such as its title. */
  find(url: string): Stream | undefined {
    return this.#streams.find((stream) => stream.url === url);
  }

  mark(url: string | null): void {
    this.#chosen = url;
    for (const [address, link] of this.#links) {
      if (address === url) link.setAttribute("aria-current", "true");
      else link.removeAttribute("aria-current");
    }
  }

  #say(text: string): void {
    setText(this.#note, text);
  }

  #show(streams: readonly Stream[]): void {
    this.#streams = streams;
    this.#links.clear();
    this.#list.replaceChildren(...streams.map((stream) => this.#entry(stream)));
    this.#say(streams.length === 0 ? "Nothing to watch at present." : "");
    this.mark(this.#chosen);
    document.dispatchEvent(new CustomEvent("streams-read"));
  }

  #entry(stream: Stream): HTMLLIElement {
    const link = document.createElement("a");
    link.href = addressOf(stream, location.pathname);
    link.append(part("stream-title", stream.title), part("stream-form", form(stream)));
    if (stream.live === true) link.dataset["live"] = "true";
    link.addEventListener("click", (event) => {
      if (event.ctrlKey || event.metaKey || event.shiftKey || event.altKey) return;
      event.preventDefault();
      this.#onChoose(stream);
    });
    this.#links.set(stream.url, link);
    const entry = document.createElement("li");
    entry.append(link);
    return entry;
  }
}

function part(className: string, text: string): HTMLSpanElement {
  const span = document.createElement("span");
  span.className = className;
  span.textContent = text;
  return span;
}

function form(stream: Stream): string {
  const name = stream.format === "hls" ? "HLS" : "DASH";
  if (stream.live === null) return name;
  return stream.live ? `Live · ${name}` : `Recording · ${name}`;
}

// "What this edge does": the edge's own figures, each second, and what this browser measured.
//
// The reading stops while nobody looks (hidden tab), waits longer when the edge does not answer, and ends for good
// when the edge has no such page (404): the panel then hides.

import { element, setText } from "../page/elements.ts";
import { bytes, count, duration, milliseconds, percent, UNKNOWN } from "../page/format.ts";
import { Polling } from "../page/polling.ts";
import { parseActivity, servedHere, type Activity } from "./panel/activity.ts";
import { Chart } from "./panel/chart.ts";
import { EMPTY, record, type History } from "./panel/history.ts";
import { SegmentTimings } from "./panel/timing.ts";

const EVERY_MS = 1_000;
const PATIENCE_MS = 4_000;

export class Panel {
  readonly #box = element("panel", HTMLElement);
  readonly #pulse = element("pulse", HTMLElement);
  readonly #chart = new Chart();
  readonly #timings = new SegmentTimings(location.origin);
  readonly #polling = new Polling<Activity | null>({
    everyMs: EVERY_MS,
    ask: read,
    show: (activity) => this.#heard(activity),
    failed: () => this.#showPulse("offline"),
  });
  #history: History = EMPTY;

  start(): void {
    new PerformanceObserver((list) => {
      for (const entry of list.getEntriesByType("resource")) this.#timings.add(entry as PerformanceResourceTiming);
      // The observer has them now; the browser's own bounded list must not fill up and fall silent.
      performance.clearResourceTimings();
      this.#showMeasured();
    }).observe({ type: "resource", buffered: true });
    this.#polling.start();
  }

  /** Without figures the panel hides, for good. */
  #heard(activity: Activity | null): boolean {
    this.#box.hidden = this.#pulse.hidden = activity === null;
    if (activity === null) return false;
    this.#show(activity);
    this.#showPulse("online");
    return true;
  }

  #showPulse(state: "online" | "offline"): void {
    this.#pulse.hidden = false;
    this.#pulse.dataset["state"] = state;
    this.#box.dataset["state"] = state;
    setText(element("pulse-text", HTMLElement), state === "online" ? "Edge online" : "Edge not answering");
  }

  #show(activity: Activity): void {
    this.#showShare(activity);
    show("hits", count(activity.hits));
    show("joins", count(activity.joins));
    show("fills", count(activity.fills));
    show("connections", count(activity.connections));
    show("first-byte-hit", milliseconds(activity.firstByteHitMs));
    show("first-byte-fill", milliseconds(activity.firstByteFillMs));
    show("requests", count(activity.requests));
    show("revalidations", count(activity.revalidations));
    show("edge-errors", count(activity.errors));
    show("uptime", duration(activity.uptimeSeconds));
    show("stored", stored(activity));
    if (activity.bytesFromCache === null || activity.bytesFromOrigin === null) return;
    const reading = { office: activity.bytesFromCache, link: activity.bytesFromOrigin };
    this.#history = record(this.#history, { atSeconds: performance.now() / 1_000, ...reading });
    this.#chart.show(this.#history);
  }

  #showShare(activity: Activity): void {
    const share = servedHere(activity);
    const figure = share === null ? null : percent(share.part, share.whole);
    show("share", figure === null ? UNKNOWN : `${figure} %`);
    show("share-of", share?.of === "requests" ? "of all requests" : "of all bytes");
    const { bytesFromCache, bytesFromOrigin } = activity;
    show("bytes-office", bytes(bytesFromCache));
    show("bytes-link", bytes(bytesFromOrigin));
    const part = share === null ? 0 : (share.part / share.whole) * 100;
    element("bar", HTMLElement).style.setProperty("--share", `${part.toFixed(2)}%`);
    element("bar", HTMLElement).dataset["known"] = String(share !== null);
  }

  #showMeasured(): void {
    const { segments, medianFirstByteMs, protocol } = this.#timings.measured();
    show("my-segments", count(segments));
    show("my-first-byte", milliseconds(medianFirstByteMs));
    show("my-protocol", protocol ?? UNKNOWN);
  }
}

/** Null when this edge has no figures. */
async function read(): Promise<Activity | null> {
  const signal = AbortSignal.timeout(PATIENCE_MS);
  const answer = await fetch(`${import.meta.env.BASE_URL}activity.json`, { cache: "no-store", signal });
  if (answer.status === 404) return null;
  if (!answer.ok) throw new Error(`status ${answer.status}`);
  return parseActivity(await answer.json());
}

function stored(activity: Activity): string {
  const { storedObjects, storedBytes, memoryBytes } = activity;
  if (storedBytes === null) return UNKNOWN;
  const room = memoryBytes === null ? "" : ` of ${bytes(memoryBytes)}`;
  return `${bytes(storedBytes)}${room}${storedObjects === null ? "" : ` (${count(storedObjects)} objects)`}`;
}

function show(id: string, text: string): void {
  setText(element(id, HTMLElement), text);
}

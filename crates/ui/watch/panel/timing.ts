// What this browser itself measured of the segments it loaded (W3C Resource Timing). It stays in the page: nothing
// is sent anywhere.

import { median, protocolName } from "../../page/measured.ts";

/** The part of a resource timing entry that is looked at. Times in milliseconds. */
export interface Timing {
  readonly name: string;
  readonly requestStart: number;
  readonly responseStart: number;
  readonly transferSize: number;
  readonly nextHopProtocol: string;
}

/** `medianFirstByteMs` and `protocol` are null until the first segment. */
export interface Measured {
  readonly segments: number;
  readonly medianFirstByteMs: number | null;
  readonly protocol: string | null;
}

/** The median is taken over this many latest segments. */
const KEPT = 200;

/**
 * Collects segments; manifests and files of the page, which lies at `origin`, do not count. Segments come from wherever a
 * stream leads: edges and origins let pages time them.
 */
export class SegmentTimings {
  readonly #origin: string;
  readonly #firstByteMs: number[] = [];
  #segments = 0;
  #protocol: string | null = null;

  constructor(origin: string) {
    this.#origin = origin;
  }

  add(timing: Timing): void {
    if (!isSegment(timing.name, this.#origin)) return;
    this.#segments += 1;
    if (timing.nextHopProtocol !== "") this.#protocol = protocolName(timing.nextHopProtocol);
    // Zero means that the browser tells no times, or that the segment came from its own cache: no measurement.
    if (timing.responseStart <= 0 || timing.requestStart <= 0 || timing.transferSize === 0) return;
    this.#firstByteMs.push(timing.responseStart - timing.requestStart);
    if (this.#firstByteMs.length > KEPT) this.#firstByteMs.shift();
  }

  measured(): Measured {
    return { segments: this.#segments, medianFirstByteMs: median(this.#firstByteMs), protocol: this.#protocol };
  }
}

function isSegment(address: string, origin: string): boolean {
  const url = new URL(address);
  if (url.origin === origin && (url.pathname === "/watch" || url.pathname.startsWith("/watch/"))) return false;
  return /\.(ts|m4s|mp4|m4v|m4a|cmfv|cmfa|aac|mp3)$/i.test(url.pathname);
}

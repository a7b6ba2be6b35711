// A read-only view of playback for browser tests and for people who look for a fault in the console.

import type { Format } from "./source.ts";

declare global {
  interface Window {
    readonly spokecastWatch: WatchProbe;
  }
}

/** `player` is null before a stream is chosen. `currentTime` in seconds. Counts are those of the present stream. */
export interface WatchProbe {
  readonly player: Format | null;
  readonly errors: readonly string[];
  currentTime(): number;
  segmentsLoaded(): number;
}

const MOST_ERRORS = 50;

/** What the page writes; the window shows it without a way to change it. */
export class Probe {
  #player: Format | null = null;
  #video: HTMLVideoElement | null = null;
  #errors: string[] = [];
  #segments = 0;

  expose(): void {
    const probe = this;
    const view: WatchProbe = Object.freeze({
      get player() {
        return probe.#player;
      },
      get errors() {
        return Object.freeze([...probe.#errors]);
      },
      currentTime: () => probe.#video?.currentTime ?? 0,
      segmentsLoaded: () => probe.#segments,
    });
    Object.defineProperty(window, "spokecastWatch", { value: view, enumerable: true });
  }

  began(player: Format, video: HTMLVideoElement): void {
    this.#player = player;
    this.#video = video;
    this.#errors = [];
    this.#segments = 0;
  }

  segment(): void {
    this.#segments += 1;
  }

  error(detail: string): void {
    if (this.#errors.length < MOST_ERRORS) this.#errors.push(detail);
  }
}

// The position slider: the seekable part of the video, with what is played and what is buffered drawn into it.

import { element } from "../page/elements.ts";

const STEP_SECONDS = 5;
const PAGE_SECONDS = 30;

export class SeekBar {
  readonly #slider = element("seek", HTMLInputElement);
  #start = 0;
  #end = 0;
  #position = 0;
  /** Gets a position on the video's own time line, in seconds. */
  onSeek: (seconds: number) => void = () => undefined;

  constructor() {
    this.#slider.addEventListener("input", () => this.#to(this.#start + this.#slider.valueAsNumber));
    this.#slider.addEventListener("keydown", (event) => this.#key(event));
  }

  show(video: HTMLVideoElement, words: string): void {
    const { seekable } = video;
    const last = seekable.length - 1;
    this.#slider.disabled = last < 0;
    this.#start = last < 0 ? 0 : seekable.start(0);
    this.#end = last < 0 ? 0 : seekable.end(last);
    this.#position = Math.min(this.#end, Math.max(this.#start, video.currentTime));
    const length = this.#end - this.#start;
    this.#slider.max = String(length);
    this.#slider.valueAsNumber = this.#position - this.#start;
    this.#slider.setAttribute("aria-valuetext", words);
    this.#slider.style.setProperty("--done", share(this.#position - this.#start, length));
    this.#slider.style.setProperty("--ahead", share(bufferedTo(video) - this.#start, length));
  }

  by(seconds: number): void {
    if (!this.#slider.disabled) this.#to(this.#position + seconds);
  }

  #to(seconds: number): void {
    this.#position = Math.min(this.#end, Math.max(this.#start, seconds));
    this.onSeek(this.#position);
  }

  #key(event: KeyboardEvent): void {
    const steps: Record<string, () => void> = {
      ArrowLeft: () => this.by(-STEP_SECONDS),
      ArrowDown: () => this.by(-STEP_SECONDS),
      ArrowRight: () => this.by(STEP_SECONDS),
      ArrowUp: () => this.by(STEP_SECONDS),
      PageDown: () => this.by(-PAGE_SECONDS),
      PageUp: () => this.by(PAGE_SECONDS),
      Home: () => this.#to(this.#start),
      End: () => this.#to(this.#end),
    };
    const step = steps[event.key];
    if (step === undefined) return;
    event.preventDefault();
    step();
  }
}

/** The end of the buffered range that the position lies in. */
function bufferedTo(video: HTMLVideoElement): number {
  const { buffered, currentTime } = video;
  for (let n = 0; n < buffered.length; n += 1) {
    if (buffered.start(n) <= currentTime + 0.1 && currentTime <= buffered.end(n)) return buffered.end(n);
  }
  return currentTime;
}

function share(part: number, whole: number): string {
  return whole > 0 ? `${Math.min(100, Math.max(0, (part / whole) * 100)).toFixed(2)}%` : "0%";
}

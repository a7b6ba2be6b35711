// Asks the edge again and again while somebody looks.
//
// It rests while nobody does (hidden tab) and while it is paused, waits longer when the edge does not answer, and never
// asks twice at once. What is done with an answer is the caller's affair.

import { steadyDelay } from "./backoff.ts";

export interface Questions<T> {
  readonly everyMs: number;
  /** Asks once; throws when there is no answer that can be read. */
  readonly ask: () => Promise<T>;
  /** Shows an answer, and says whether to go on. */
  readonly show: (answer: T) => boolean;
  /** Tells that there was no answer, and in how many milliseconds it is asked again. */
  readonly failed: (waitMs: number) => void;
}

export class Polling<T> {
  readonly #questions: Questions<T>;
  #state: "running" | "paused" | "ended" = "paused";
  #failures = 0;
  #timer: number | undefined;
  #isAsking = false;
  #isDue = false;

  constructor(questions: Questions<T>) {
    this.#questions = questions;
  }

  /** Asks for the first time. To be called once. */
  start(): void {
    document.addEventListener("visibilitychange", () => this.#next(0));
    window.addEventListener("online", () => this.#next(0));
    this.resume();
  }

  pause(): void {
    if (this.#state === "running") this.#state = "paused";
    window.clearTimeout(this.#timer);
  }

  resume(): void {
    if (this.#state === "paused") this.#state = "running";
    this.#next(0);
  }

  /** Asks at once, also while it is paused: for somebody who wants something else. */
  now(): void {
    window.clearTimeout(this.#timer);
    void this.#ask();
  }

  #next(delay: number): void {
    window.clearTimeout(this.#timer);
    if (this.#state !== "running" || document.visibilityState === "hidden") return;
    this.#timer = window.setTimeout(() => void this.#ask(), delay);
  }

  async #ask(): Promise<void> {
    if (this.#state === "ended") return;
    this.#isDue = this.#isAsking;
    if (this.#isAsking) return;
    this.#isAsking = true;
    const answer = await this.#questions.ask().then((value) => ({ value }), () => null);
    this.#isAsking = false;
    let wait = this.#questions.everyMs;
    try {
      wait = this.#heard(answer);
    } finally {
      // A fault in what is done with one answer does not keep the next from coming.
      if (this.#isDue) this.now();
      else this.#next(wait);
    }
  }

  /** How long to wait after this. */
  #heard(answer: { readonly value: T } | null): number {
    const { everyMs, show, failed } = this.#questions;
    if (answer === null) {
      this.#failures += 1;
      const wait = steadyDelay(this.#failures, Math.random());
      failed(wait);
      return wait;
    }
    this.#failures = 0;
    if (!show(answer.value)) this.#state = "ended";
    return everyMs;
  }
}

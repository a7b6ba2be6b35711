// The playback of one stream, from its choice to its end: brings it back when the edge has been away, and tells the
// viewer what goes on. Asking again is bounded (backoff.ts); after that the viewer decides with a button.

import { ATTEMPTS, delayBefore } from "../page/backoff.ts";
import type { Controls } from "./controls.ts";
import { explain, isPassing, type Fault } from "./fault.ts";
import type { Notice } from "./notice.ts";
import type { Player, PlayerEvents } from "./player.ts";
import type { Probe } from "./probe.ts";

/** Decoding that fails this often in one stream will not get better. */
const MEDIA_ATTEMPTS = 3;
/** A picture that stands still for longer than this is worth a word. */
const STALL_MS = 2_500;

export class Playing implements PlayerEvents {
  readonly #screen: HTMLElement;
  readonly #video: HTMLVideoElement;
  readonly #controls: Controls;
  readonly #notice: Notice;
  readonly #probe: Probe;
  #player: Player | null = null;
  #attempt = 0;
  #mediaFaults = 0;
  #waiting = false;
  #timer: number | undefined;
  #stall: number | undefined;
  /** What the viewer wants once there is something to play. */
  #wantsPlay = true;

  constructor(screen: HTMLElement, video: HTMLVideoElement, controls: Controls, notice: Notice, probe: Probe) {
    this.#screen = screen;
    this.#video = video;
    this.#controls = controls;
    this.#notice = notice;
    this.#probe = probe;
    this.#state("busy");
    video.addEventListener("loadedmetadata", () => {
      if (this.#wantsPlay) void this.#start();
    });
    video.addEventListener("playing", () => this.#moves());
    video.addEventListener("pause", () => this.#rests());
    video.addEventListener("waiting", () => this.#stalls());
    video.addEventListener("seeked", () => this.#state(video.paused ? "paused" : "playing"));
    this.#stalls();
  }

  begin(player: Player): void {
    this.#player = player;
    this.#controls.use(player);
  }

  end(): void {
    window.clearTimeout(this.#timer);
    window.clearTimeout(this.#stall);
    this.#timer = undefined;
    const player = this.#player;
    this.#player = null;
    this.#controls.use(null);
    player?.destroy();
  }

  /** Asks again at once when it would have asked later. */
  retryNow(): void {
    if (this.#timer === undefined) return;
    window.clearTimeout(this.#timer);
    this.#timer = undefined;
    this.#player?.retry();
  }

  onChoices(): void {
    this.#controls.refresh();
  }

  onRendition(label: string): void {
    this.#controls.showRendition(label);
  }

  onSegment(): void {
    this.#probe.segment();
    if (this.#attempt > 0) this.#notice.brief("Connected again.");
    else if (this.#waiting) this.#notice.clear();
    this.#attempt = 0;
    this.#waiting = false;
  }

  onTrouble(detail: string): void {
    this.#probe.error(detail);
  }

  onFault(fault: Fault): void {
    if (this.#player === null && fault.kind !== "unsupported") return;
    this.#probe.error(`${fault.kind}: ${fault.detail}`);
    if (this.#attempt === 0) this.#wantsPlay = !this.#video.paused || this.#video.currentTime === 0;
    this.#attempt += 1;
    if (fault.kind === "media") this.#mediaFaults += 1;
    const delay = this.#mayRetry(fault) ? delayBefore(this.#attempt, Math.random()) : null;
    if (delay === null) this.#giveUp(fault);
    else this.#retryLater(fault, delay);
  }

  #moves(): void {
    window.clearTimeout(this.#stall);
    this.#state("playing");
  }

  #rests(): void {
    window.clearTimeout(this.#stall);
    this.#state("paused");
  }

  /** Seeking and starting take a moment; only a longer stand is told, and a fault has its own words. */
  #stalls(): void {
    this.#state("busy");
    window.clearTimeout(this.#stall);
    this.#stall = window.setTimeout(() => {
      if (this.#attempt > 0 || this.#waiting) return;
      this.#waiting = true;
      this.#notice.show("wait", "Waiting for the edge in this office…");
    }, STALL_MS);
  }

  #mayRetry(fault: Fault): boolean {
    return isPassing(fault) && (fault.kind !== "media" || this.#mediaFaults <= MEDIA_ATTEMPTS);
  }

  #retryLater(fault: Fault, delay: number): void {
    const seconds = Math.max(1, Math.round(delay / 1_000));
    const next = `Trying again in ${seconds} s (attempt ${this.#attempt} of ${ATTEMPTS}).`;
    this.#notice.show("wait", `${explain(fault)} ${next}`);
    this.#timer = window.setTimeout(() => this.retryNow(), delay);
  }

  #giveUp(fault: Fault): void {
    window.clearTimeout(this.#stall);
    this.#state("stopped");
    const again = () => {
      this.#attempt = 0;
      this.#mediaFaults = 0;
      this.#waiting = true;
      this.#state("busy");
      this.#notice.show("wait", "Trying again…");
      this.#player?.retry();
    };
    const action = fault.kind === "unsupported" ? null : { label: "Try again", run: again };
    this.#notice.show("fail", explain(fault), action);
  }

  /** Browsers may forbid sound before the first click: then without sound, and then not at all. */
  async #start(): Promise<void> {
    try {
      await this.#video.play();
    } catch (error) {
      if (!(error instanceof DOMException) || error.name !== "NotAllowedError") return;
      this.#video.muted = true;
      try {
        await this.#video.play();
        this.#notice.show("info", "Playing without sound.", { label: "Sound on", run: () => this.#unmute() });
      } catch {
        this.#state("paused");
      }
    }
  }

  #unmute(): void {
    this.#video.muted = false;
    this.#notice.clear();
  }

  #state(state: "busy" | "playing" | "paused" | "stopped"): void {
    this.#screen.dataset["state"] = state;
  }
}

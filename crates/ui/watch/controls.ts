// The bar below the picture. Every control is a native button, slider or menu, so that keyboard and screen reader
// work as everywhere else; the short keys hold only while the focus is inside the player (WCAG 2.1.4).

import { element, setText } from "../page/elements.ts";
import { clock, spoken } from "../page/format.ts";
import { Menu } from "./menu.ts";
import type { Player } from "./player.ts";
import { restWhenIdle } from "./rest.ts";
import { SeekBar } from "./seek.ts";

/** This near to the live edge counts as live, in seconds. */
const LIVE_REACH = 6;
const STEP_SECONDS = 5;

export class Controls {
  readonly #player = element("player", HTMLElement);
  readonly #play = element("play", HTMLButtonElement);
  readonly #mute = element("mute", HTMLButtonElement);
  readonly #volume = element("volume", HTMLInputElement);
  readonly #time = element("time", HTMLElement);
  readonly #live = element("live", HTMLButtonElement);
  readonly #fullScreen = element("full-screen", HTMLButtonElement);
  readonly #seek = new SeekBar();
  readonly #quality = new Menu("quality", (id) => this.#current?.chooseQuality(id));
  readonly #captions = new Menu("captions", (id) => this.#setCaptions(id));
  readonly #speed = new Menu("speed", (id) => this.#setSpeed(Number(id ?? 1)));
  #video = element("video", HTMLVideoElement);
  #current: Player | null = null;
  #lastCaptions: string | null = null;

  constructor() {
    this.#play.addEventListener("click", () => this.#togglePlay());
    element("screen", HTMLElement).addEventListener("click", (event) => {
      if (event.target === this.#video) this.#togglePlay();
    });
    this.#mute.addEventListener("click", () => this.#toggleMute());
    this.#volume.addEventListener("input", () => this.#setVolume(this.#volume.valueAsNumber));
    this.#live.addEventListener("click", () => this.#goLive());
    this.#fullScreen.addEventListener("click", () => void this.#toggleFullScreen());
    this.#player.addEventListener("keydown", (event) => this.#shortKey(event));
    document.addEventListener("fullscreenchange", () => this.#showFullScreen());
    restWhenIdle(this.#player);
    this.#seek.onSeek = (seconds) => {
      this.#video.currentTime = seconds;
    };
    this.#speed.fill(
      [0.5, 0.75, 1.25, 1.5, 2].map((rate) => ({ id: String(rate), label: `${rate}×` })),
      "1×",
    );
    this.refresh();
  }

  /** A new video element takes over volume, mute and speed of the one before. */
  attach(video: HTMLVideoElement): void {
    video.volume = this.#video.volume;
    video.muted = this.#video.muted;
    video.defaultPlaybackRate = this.#video.defaultPlaybackRate;
    this.#video = video;
    for (const name of ["timeupdate", "durationchange", "progress", "seeking"]) {
      video.addEventListener(name, () => this.#showTime());
    }
    for (const name of ["play", "pause", "ended"]) video.addEventListener(name, () => this.#showPlay());
    video.addEventListener("volumechange", () => this.#showVolume());
    this.#showVolume();
  }

  /** null: nothing is playing and the bar has nothing to act on. */
  use(player: Player | null): void {
    this.#current = player;
    this.#quality.reset();
    this.#captions.reset();
    this.#player.removeAttribute("data-captions");
    this.#lastCaptions = null;
    this.refresh();
  }

  /** Reads qualities, captions and live state again. */
  refresh(): void {
    this.#player.classList.toggle("is-off", this.#current === null);
    for (const control of [this.#play, this.#mute, this.#volume, this.#fullScreen]) {
      control.disabled = this.#current === null;
    }
    this.#quality.fill(this.#current?.qualities() ?? [], "Auto");
    this.#captions.fill(this.#current?.captions() ?? [], "Off");
    this.#showPlay();
    this.#showTime();
  }

  /** What the automatic choice shows at present. */
  showRendition(label: string): void {
    this.#quality.describeDefault(`Auto (${label})`);
  }

  #showPlay(): void {
    const paused = this.#video.paused;
    this.#play.dataset["icon"] = paused ? "play" : "pause";
    this.#play.setAttribute("aria-label", paused ? "Play" : "Pause");
  }

  #showVolume(): void {
    const silent = this.#video.muted || this.#video.volume === 0;
    this.#mute.dataset["icon"] = silent ? "muted" : "sound";
    this.#mute.setAttribute("aria-label", silent ? "Unmute" : "Mute");
    this.#volume.valueAsNumber = silent ? 0 : this.#video.volume;
    this.#volume.style.setProperty("--done", `${this.#volume.valueAsNumber * 100}%`);
    this.#volume.setAttribute("aria-valuetext", `${Math.round(this.#volume.valueAsNumber * 100)} %`);
  }

  #showTime(): void {
    const edge = this.#current?.liveEdge() ?? null;
    const behind = edge === null ? 0 : edge - this.#video.currentTime;
    const atLive = behind < LIVE_REACH;
    this.#live.hidden = edge === null;
    this.#live.dataset["at"] = atLive ? "live" : "behind";
    // At the live edge the button only tells the state; it stays reachable, so that the focus is never lost.
    setText(this.#live, atLive ? "Live" : "Go to live");
    const position = this.#video.currentTime;
    if (edge === null) {
      setText(this.#time, `${clock(position)} / ${clock(this.#video.duration)}`);
      this.#seek.show(this.#video, `${spoken(position)} of ${spoken(this.#video.duration)}`);
    } else {
      setText(this.#time, atLive ? "" : `−${clock(behind)}`);
      this.#seek.show(this.#video, atLive ? "Live" : `${spoken(behind)} behind live`);
    }
  }

  #showFullScreen(): void {
    const full = document.fullscreenElement === this.#player;
    this.#fullScreen.dataset["icon"] = full ? "shrink" : "grow";
    this.#fullScreen.setAttribute("aria-label", full ? "Leave full screen" : "Full screen");
  }

  #togglePlay(): void {
    if (this.#current === null) return;
    // A refusal (no permission yet, or a stream that just ended) shows in the button's own state.
    if (this.#video.paused) this.#video.play().catch(() => this.#showPlay());
    else this.#video.pause();
  }

  #toggleMute(): void {
    if (this.#video.volume === 0) this.#video.volume = 0.5;
    else this.#video.muted = !this.#video.muted;
  }

  #setVolume(volume: number): void {
    this.#video.volume = volume;
    this.#video.muted = volume === 0;
  }

  #setSpeed(rate: number): void {
    this.#video.defaultPlaybackRate = rate;
    this.#video.playbackRate = rate;
  }

  #goLive(): void {
    const edge = this.#current?.liveEdge() ?? null;
    if (edge === null) return;
    this.#video.currentTime = edge;
    if (this.#video.paused) this.#togglePlay();
  }

  async #toggleFullScreen(): Promise<void> {
    try {
      if (document.fullscreenElement !== null) await document.exitFullscreen();
      else if (document.fullscreenEnabled) await this.#player.requestFullscreen();
      else (this.#video as PhoneVideo).webkitEnterFullscreen?.();
    } catch {
      this.#showFullScreen();
    }
  }

  #setCaptions(id: string | null): void {
    this.#player.toggleAttribute("data-captions", id !== null);
    this.#current?.chooseCaptions(id);
  }

  #toggleCaptions(): void {
    const { chosen } = this.#captions;
    const first = this.#current?.captions()[0]?.id ?? null;
    this.#captions.choose(chosen === null ? (this.#lastCaptions ?? first) : null);
    if (chosen !== null) this.#lastCaptions = chosen;
  }

  #shortKey(event: KeyboardEvent): void {
    if (event.ctrlKey || event.altKey || event.metaKey || this.#current === null) return;
    const { target } = event;
    if (target instanceof HTMLSelectElement || target instanceof HTMLInputElement) return;
    const actions: Record<string, () => void> = {
      k: () => this.#togglePlay(),
      m: () => this.#toggleMute(),
      f: () => void this.#toggleFullScreen(),
      c: () => this.#toggleCaptions(),
      ArrowLeft: () => this.#seek.by(-STEP_SECONDS),
      ArrowRight: () => this.#seek.by(STEP_SECONDS),
    };
    // A button that has the focus keeps the space bar.
    if (!(target instanceof HTMLButtonElement)) actions[" "] = () => this.#togglePlay();
    const action = actions[event.key];
    if (action === undefined) return;
    event.preventDefault();
    action();
  }
}

/** Phones that know only the video element's own full screen. */
interface PhoneVideo extends HTMLVideoElement {
  webkitEnterFullscreen?(): void;
}

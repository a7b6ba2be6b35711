// Plays one stream at a time.
//
// Each stream gets a `<video>` element of its own: text tracks that a player adds to one can never be taken off.

import type { Controls } from "./controls.ts";
import { element } from "../page/elements.ts";
import type { Notice } from "./notice.ts";
import { loadPlayer } from "./player.ts";
import { Playing } from "./playing.ts";
import type { Probe } from "./probe.ts";
import type { Stream } from "./source.ts";

export class Stage {
  readonly #screen = element("screen", HTMLElement);
  readonly #controls: Controls;
  readonly #notice: Notice;
  readonly #probe: Probe;
  #playing: Playing | null = null;

  constructor(controls: Controls, notice: Notice, probe: Probe) {
    this.#controls = controls;
    this.#notice = notice;
    this.#probe = probe;
    window.addEventListener("online", () => this.#playing?.retryNow());
  }

  async play(stream: Stream): Promise<void> {
    this.stop();
    const video = this.#freshVideo();
    this.#probe.began(stream.format, video);
    const playing = new Playing(this.#screen, video, this.#controls, this.#notice, this.#probe);
    this.#playing = playing;
    try {
      const start = await loadPlayer(stream.format);
      // Meanwhile another stream may have been chosen.
      if (this.#playing === playing) playing.begin(start(video, stream, playing));
    } catch (error) {
      this.#probe.error(`player: ${String(error)}`);
      const reload = { label: "Load the page again", run: () => location.reload() };
      this.#notice.show("fail", "The player could not be loaded from the edge.", reload);
      this.#screen.dataset["state"] = "stopped";
    }
  }

  stop(): void {
    this.#playing?.end();
    this.#playing = null;
    this.#notice.clear();
    this.#screen.dataset["state"] = "idle";
  }

  #freshVideo(): HTMLVideoElement {
    const video = document.createElement("video");
    video.playsInline = true;
    video.tabIndex = -1;
    element("video", HTMLVideoElement).replaceWith(video);
    video.id = "video";
    this.#controls.attach(video);
    return video;
  }
}

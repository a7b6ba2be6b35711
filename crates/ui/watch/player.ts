// What the page needs from a player, so that HLS and DASH look the same to everything else. Each player lies in its
// own part of the bundle and is loaded only when a stream needs it.

import type { Fault } from "./fault.ts";
import type { Format, Stream } from "./source.ts";

/** One entry of a menu: a rendition or a caption track. */
export interface Option {
  readonly id: string;
  readonly label: string;
}

/** One stream being played on one `<video>` element that nothing has used before. */
export interface Player {
  /** Renditions, best first; empty until the manifest is read. */
  qualities(): readonly Option[];
  /** null: the player chooses by itself. */
  chooseQuality(id: string | null): void;
  captions(): readonly Option[];
  /** null: none. */
  chooseCaptions(id: string | null): void;
  /** Where on the video's own time line “live” is, in seconds; null for a recording. */
  liveEdge(): number | null;
  /** Asks again after a fault, from where the video stands; what is buffered plays on where the player can. */
  retry(): void;
  destroy(): void;
}

/** What a player tells the page. */
export interface PlayerEvents {
  /** Renditions, captions or live state have changed. */
  onChoices(): void;
  /** The rendition on screen, such as `720p`. */
  onRendition(label: string): void;
  /** A media segment has arrived. */
  onSegment(): void;
  /** The player cannot go on by itself. */
  onFault(fault: Fault): void;
  /** Something failed that the player deals with by itself. */
  onTrouble(detail: string): void;
}

export type StartPlayer = (video: HTMLVideoElement, stream: Stream, events: PlayerEvents) => Player;

export async function loadPlayer(format: Format): Promise<StartPlayer> {
  switch (format) {
    case "hls":
      return (await import("./player/hls.ts")).startHls;
    case "dash":
      return (await import("./player/dash.ts")).startDash;
  }
}

/** `720p`, or the bit rate where a rendition tells no height. `bitRate` in bit/s. */
export function renditionLabel(height: number, bitRate: number): string {
  return height > 0 ? `${height}p` : `${Math.round(bitRate / 1_000)} kbit/s`;
}

/** Labels that occur twice get their bit rate, so that each entry of a menu can be told from the others. */
export function renditionOptions(renditions: readonly { id: string; height: number; bitRate: number }[]): Option[] {
  const best = renditions.toSorted((a, b) => b.height - a.height || b.bitRate - a.bitRate);
  return best.map(({ id, height, bitRate }) => {
    const label = renditionLabel(height, bitRate);
    const twice = best.filter((other) => renditionLabel(other.height, other.bitRate) === label).length > 1;
    return { id, label: twice ? `${label}, ${Math.round(bitRate / 1_000)} kbit/s` : label };
  });
}

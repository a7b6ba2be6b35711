// Captions by way of the video element's own text tracks, for players that put them there.

import type { Option } from "../player.ts";

export function captionOptions(video: HTMLVideoElement): Option[] {
  return tracks(video).map(({ track, id }) => ({ id, label: track.label || track.language || `Track ${Number(id) + 1}` }));
}

/** Shows one track, or none for null. */
export function showCaptions(video: HTMLVideoElement, chosen: string | null): void {
  for (const { track, id } of tracks(video)) {
    track.mode = id === chosen ? "showing" : "disabled";
  }
}

function tracks(video: HTMLVideoElement): { track: TextTrack; id: string }[] {
  return [...video.textTracks]
    .map((track, index) => ({ track, id: String(index) }))
    .filter(({ track }) => track.kind === "captions" || track.kind === "subtitles");
}

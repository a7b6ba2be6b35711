// HLS as the browser itself plays it, for phones that give scripts no say in it. Qualities are then the browser's
// own affair and the list of them stays empty.

import { unreachable } from "../fault.ts";
import type { Player, PlayerEvents } from "../player.ts";
import type { Stream } from "../source.ts";
import { captionOptions, showCaptions } from "./text-tracks.ts";

export function startNative(video: HTMLVideoElement, stream: Stream, events: PlayerEvents): Player {
  if (video.canPlayType("application/vnd.apple.mpegurl") === "") {
    queueMicrotask(() => events.onFault({ kind: "unsupported", detail: "no Media Source Extensions" }));
  }
  video.addEventListener("loadedmetadata", () => events.onChoices());
  video.addEventListener("error", () => {
    const code = video.error?.code;
    const detail = video.error?.message ?? "";
    const network = code === MediaError.MEDIA_ERR_NETWORK || code === MediaError.MEDIA_ERR_SRC_NOT_SUPPORTED;
    events.onFault(network ? unreachable(null, detail) : { kind: "media", detail });
  });
  video.textTracks.addEventListener("addtrack", () => events.onChoices());
  video.src = stream.url;

  return {
    qualities: () => [],
    chooseQuality: () => undefined,
    captions: () => captionOptions(video),
    chooseCaptions: (id) => showCaptions(video, id),
    liveEdge: () => {
      const { seekable } = video;
      return video.duration === Number.POSITIVE_INFINITY && seekable.length > 0 ? seekable.end(seekable.length - 1) : null;
    },
    retry: () => {
      const at = video.currentTime;
      video.load();
      if (Number.isFinite(video.duration)) video.currentTime = at;
    },
    destroy: () => {
      video.removeAttribute("src");
      video.load();
    },
  };
}

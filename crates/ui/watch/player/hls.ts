// HLS through hls.js; Safari on phones without Media Source Extensions plays by itself.

import Hls, { ErrorDetails, ErrorTypes, Events, type ErrorData, type HlsConfig } from "hls.js";
import workerPath from "hls.js/dist/hls.worker.js?url";
import { manifestFault, unreachable, type Fault } from "../fault.ts";
import { renditionLabel, renditionOptions, type Player, type PlayerEvents } from "../player.ts";
import type { Stream } from "../source.ts";
import { startNative } from "./native.ts";
import { captionOptions, showCaptions } from "./text-tracks.ts";

const CONFIG: Partial<HlsConfig> = {
  // A worker from a file of ours: the policy allows no script that is made on the fly.
  workerPath,
  // No larger rendition than the picture on the screen.
  capLevelToPlayerSize: true,
  backBufferLength: 60,
  emeEnabled: false,
};

/** What hls.js reports although nothing failed on the way from the edge. */
const HARMLESS: readonly string[] = [
  ErrorDetails.BUFFER_STALLED_ERROR,
  ErrorDetails.BUFFER_NUDGE_ON_STALL,
  ErrorDetails.BUFFER_SEEK_OVER_HOLE,
  // Its own doing: what it was loading is no longer wanted.
  ErrorDetails.INTERNAL_ABORTED,
];

export function startHls(video: HTMLVideoElement, stream: Stream, events: PlayerEvents): Player {
  if (!Hls.isSupported()) return startNative(video, stream, events);
  const hls = new Hls(CONFIG);
  let manifestRead = false;
  let live = stream.live ?? false;
  let mediaFault = false;
  let ledElsewhere = false;
  let failures = 0;
  let resumeAt = 0;

  hls.on(Events.MANIFEST_LOADED, (_event, { url }) => {
    ledElsewhere = new URL(url, location.href).origin !== location.origin;
  });
  hls.on(Events.MANIFEST_PARSED, () => {
    manifestRead = true;
    events.onChoices();
  });
  hls.on(Events.LEVEL_UPDATED, (_event, { details }) => {
    if (details.live !== live) {
      live = details.live;
      events.onChoices();
    }
  });
  hls.on(Events.LEVEL_SWITCHED, (_event, { level }) => {
    const rendition = hls.levels[level];
    if (rendition) events.onRendition(renditionLabel(rendition.height, rendition.bitrate));
  });
  hls.on(Events.FRAG_LOADED, (_event, { frag }) => {
    failures = 0;
    if (frag.type !== "subtitle") events.onSegment();
  });
  hls.on(Events.ERROR, (_event, data) => {
    const detail = describe(data);
    if (!data.fatal) {
      if (!HARMLESS.includes(data.details)) events.onTrouble(detail);
      return;
    }
    mediaFault = data.type === ErrorTypes.MEDIA_ERROR;
    failures += 1;
    // With another manifest the video begins at nought; the place is kept from before.
    if (video.currentTime > 0) resumeAt = video.currentTime;
    events.onFault(faultOf(data, detail));
  });
  video.textTracks.addEventListener("addtrack", () => events.onChoices());
  hls.loadSource(stream.url);
  hls.attachMedia(video);

  // Another edge that a redirect led to and that stays away: whoever led there may know a better one. What is buffered
  // is lost by this, so it is not done at once.
  function isGoneForGood(): boolean {
    return ledElsewhere && failures > 1;
  }

  return {
    qualities: () =>
      renditionOptions(hls.levels.map((it, index) => ({ id: String(index), height: it.height, bitRate: it.bitrate }))),
    chooseQuality: (id) => {
      hls.nextLevel = id === null ? -1 : Number(id);
    },
    captions: () => captionOptions(video),
    chooseCaptions: (id) => showCaptions(video, id),
    liveEdge: () => (live ? hls.liveSyncPosition : null),
    retry: () => {
      if (mediaFault) hls.recoverMediaError();
      else if (manifestRead && !isGoneForGood()) hls.startLoad(video.currentTime > 0 ? video.currentTime : -1);
      else {
        hls.config.startPosition = resumeAt > 0 && !live ? resumeAt : -1;
        hls.loadSource(stream.url);
      }
    },
    destroy: () => hls.destroy(),
  };
}

function faultOf(data: ErrorData, detail: string): Fault {
  if (data.type === ErrorTypes.NETWORK_ERROR) {
    const status = data.response?.code ?? null;
    return data.details === ErrorDetails.MANIFEST_LOAD_ERROR ? manifestFault(status, detail) : unreachable(status, detail);
  }
  if (data.details === ErrorDetails.MANIFEST_INCOMPATIBLE_CODECS_ERROR) return { kind: "unsupported", detail };
  return { kind: "media", detail };
}

function describe(data: ErrorData): string {
  const status = data.response?.code ? ` (status ${data.response.code})` : "";
  return `${data.type}: ${data.details}${status}: ${data.error.message}`;
}

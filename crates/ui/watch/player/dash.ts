// DASH through dash.js.
//
// What it would do on its own and must not here: ask a public server for the time, and keep notes on the viewer in
// the browser's storage. The time comes from this edge.

import { MediaPlayer, type MediaPlayerClass, type TextTrackInfo } from "dashjs";
import { manifestFault, unreachable, type Fault } from "../fault.ts";
import { renditionLabel, renditionOptions, type Option, type Player, type PlayerEvents } from "../player.ts";
import type { Stream } from "../source.ts";

const CLOCK_SCHEME = "urn:mpeg:dash:utc:http-head:2014";
/** Made by the edge at each request, so its Date header is the time of this office. */
const CLOCK_PATH = `${import.meta.env.BASE_URL}streams.json`;

/** The part of dash.js's error event that all its forms share where a code is given. */
interface DashError {
  readonly code: number | null;
  readonly message: string | null;
  readonly data?: { readonly response?: { readonly status?: number } | null } | null;
}

export function startDash(video: HTMLVideoElement, stream: Stream, events: PlayerEvents): Player {
  const dash = MediaPlayer().create();
  let captions: Option[] = [];
  let stopped = false;
  let resumeAt = 0;

  configure(dash);
  dash.on(MediaPlayer.events.STREAM_INITIALIZED, () => events.onChoices());
  dash.on(MediaPlayer.events.DYNAMIC_TO_STATIC, () => events.onChoices());
  dash.on(MediaPlayer.events.TEXT_TRACKS_ADDED, ({ tracks }) => {
    captions = tracks.map(captionOption);
    events.onChoices();
  });
  dash.on(MediaPlayer.events.QUALITY_CHANGE_RENDERED, ({ mediaType }) => {
    const rendition = mediaType === "video" ? dash.getCurrentRepresentationForType("video") : null;
    if (rendition) events.onRendition(renditionLabel(rendition.height, rendition.bandwidth));
  });
  dash.on(MediaPlayer.events.FRAGMENT_LOADING_COMPLETED, ({ request }) => {
    // What was under way when the player stopped still comes in, and means nothing.
    if (request.type === "MediaSegment" && !stopped) events.onSegment();
  });
  dash.on(MediaPlayer.events.ERROR, ({ error }: { error: unknown }) => {
    const fault = faultOf(error);
    if (fault === null) {
      events.onTrouble(describe(error));
    } else if (!stopped) {
      // One failed segment of video and one of audio are one fault to the viewer.
      stopped = true;
      // A player that could not even read its manifest again stands at nought; the place is kept from before.
      if (video.currentTime > 0) resumeAt = dash.isReady() && dash.isDynamic() ? 0 : video.currentTime;
      events.onFault(fault);
    }
  });
  dash.initialize(video, stream.url, false);

  return {
    qualities: () => (dash.isReady() ? qualityOptions(dash) : []),
    chooseQuality: (id) => {
      dash.updateSettings({ streaming: { abr: { autoSwitchBitrate: { video: id === null } } } });
      if (id !== null) dash.setRepresentationForTypeById("video", id);
    },
    captions: () => captions,
    chooseCaptions: (id) => dash.setTextTrack(id === null ? -1 : Number(id)),
    liveEdge: () => (dash.isReady() && dash.isDynamic() ? dash.getDvrWindow().end - dash.getTargetLiveDelay() : null),
    retry: () => {
      stopped = false;
      if (resumeAt > 0) dash.attachSource(stream.url, resumeAt);
      else dash.attachSource(stream.url);
    },
    destroy: () => dash.destroy(),
  };
}

function configure(dash: MediaPlayerClass): void {
  dash.updateSettings({
    debug: { logLevel: 0 },
    streaming: {
      buffer: { bufferToKeep: 60 },
      // About as long as the buffer lasts: starting over would throw it away.
      retryAttempts: { MediaSegment: 15 },
      retryIntervals: { MediaSegment: 2_000 },
      text: { defaultEnabled: false },
      lastBitrateCachingInfo: { enabled: false },
      lastMediaSettingsCachingInfo: { enabled: false },
      saveLastMediaSettingsForCurrentStreamingSession: false,
      utcSynchronization: { defaultTimingSource: { scheme: CLOCK_SCHEME, value: clock() } },
    },
  });
  dash.clearDefaultUTCTimingSources();
  dash.addUTCTimingSource(CLOCK_SCHEME, clock());
}

function clock(): string {
  return new URL(CLOCK_PATH, location.href).href;
}

function qualityOptions(dash: MediaPlayerClass): Option[] {
  const renditions = dash.getRepresentationsByType("video");
  return renditionOptions(renditions.map((it) => ({ id: it.id, height: it.height, bitRate: it.bandwidth })));
}

function captionOption(track: TextTrackInfo, index: number): Option {
  return { id: String(index), label: track.label || track.lang || `Track ${index + 1}` };
}

/** null: nothing that stops playback. */
function faultOf(error: unknown): Fault | null {
  const { errors } = MediaPlayer;
  if (!isDashError(error)) return { kind: "media", detail: describe(error) };
  const detail = describe(error);
  const status = error.data?.response?.status ?? null;
  switch (error.code) {
    case errors.DOWNLOAD_ERROR_ID_MANIFEST_CODE:
    case errors.MANIFEST_LOADER_LOADING_FAILURE_ERROR_CODE:
      return manifestFault(status, detail);
    case errors.DOWNLOAD_ERROR_ID_CONTENT_CODE:
    case errors.DOWNLOAD_ERROR_ID_INITIALIZATION_CODE:
    case errors.DOWNLOAD_ERROR_ID_SIDX_CODE:
    case errors.FRAGMENT_LOADER_LOADING_FAILURE_ERROR_CODE:
    case errors.SEGMENT_BASE_LOADER_ERROR_CODE:
      return unreachable(status, detail);
    case errors.CAPABILITY_MEDIASOURCE_ERROR_CODE:
    case errors.MEDIASOURCE_TYPE_UNSUPPORTED_CODE:
    case errors.MANIFEST_ERROR_ID_NOSTREAMS_CODE:
      return { kind: "unsupported", detail };
    case errors.TIME_SYNC_FAILED_ERROR_CODE:
    case errors.TIMED_TEXT_ERROR_ID_PARSE_CODE:
    case errors.DOWNLOAD_ERROR_ID_XLINK_CODE:
    case errors.XLINK_LOADER_LOADING_FAILURE_ERROR_CODE:
      return null;
    default:
      return { kind: "media", detail };
  }
}

function isDashError(error: unknown): error is DashError {
  return typeof error === "object" && error !== null && "code" in error;
}

function describe(error: unknown): string {
  if (!isDashError(error)) return `dash: ${String(error)}`;
  return `dash: ${error.code ?? "?"}: ${error.message ?? "no message"}`;
}

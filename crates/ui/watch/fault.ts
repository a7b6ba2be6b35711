// Why a player stopped, and what the page says and does about it.

/** `status` is the HTTP status where there was an answer. */
export type Fault =
  | { readonly kind: "unreachable"; readonly status: number | null; readonly detail: string }
  | { readonly kind: "missing"; readonly detail: string }
  | { readonly kind: "refused"; readonly detail: string }
  | { readonly kind: "media"; readonly detail: string }
  | { readonly kind: "unsupported"; readonly detail: string };

/** The fault that an HTTP status stands for when a manifest was asked for; null or 0: no answer at all. */
export function manifestFault(status: number | null, detail: string): Fault {
  if (status === 401 || status === 403) return { kind: "refused", detail };
  if (status === 404 || status === 410) return { kind: "missing", detail };
  return unreachable(status, detail);
}

export function unreachable(status: number | null, detail: string): Fault {
  return { kind: "unreachable", status: status === 0 ? null : status, detail };
}

/** Whether asking again may help. */
export function isPassing(fault: Fault): boolean {
  return fault.kind === "unreachable" || fault.kind === "media";
}

/** One sentence for the viewer: what is wrong, in their words. */
export function explain(fault: Fault): string {
  switch (fault.kind) {
    case "unreachable":
      return fault.status === null
        ? "The edge in this office does not answer."
        : `The edge in this office could not deliver the video (status ${fault.status}).`;
    case "missing":
      return "This stream was not found. It may have ended, or the link may be old.";
    case "refused":
      return "You are not allowed to watch this stream, or your permission has run out. Open it again from your portal.";
    case "media":
      return "This browser could not play the video.";
    case "unsupported":
      return "This browser cannot play this kind of stream.";
  }
}

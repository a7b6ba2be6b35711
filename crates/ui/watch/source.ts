// Which stream does the page's address ask for?
//
// `?src=` comes from whoever wrote the link, so it is checked before any request: a path on this edge and nothing
// else. Another origin is refused here with a clear message, and once more by the content security policy.

export type Format = "hls" | "dash";

/** One thing to watch. `url` is a path on this edge. */
export interface Stream {
  readonly title: string;
  readonly url: string;
  readonly format: Format;
  /** Unknown until the manifest is read when the stream comes from the page's address. */
  readonly live: boolean | null;
}

export type Choice =
  | { readonly kind: "none" }
  | { readonly kind: "stream"; readonly stream: Stream }
  | { readonly kind: "refused"; readonly reason: string };

/** Reads `?src=` of a query such as `?src=%2Fvod%2Fmaster.m3u8`; `origin` is the page's own. */
export function choiceFromQuery(query: string, origin: string): Choice {
  const values = new URLSearchParams(query).getAll("src");
  const [value] = values;
  if (value === undefined) return { kind: "none" };
  if (values.length > 1) return refused("The link names more than one stream.");
  return choiceFromPath(value, origin);
}

/** Checks one path. Accepted: an absolute path of the same origin that ends in .m3u8 or .mpd. */
export function choiceFromPath(value: string, origin: string): Choice {
  // Browsers drop tabs and line breaks from an address and read a backslash as a slash, so "/\t/host" and "/\host"
  // would lead elsewhere.
  if (/[\u0000-\u001f\u007f\\]/.test(value)) return refused("The stream's address has characters that it must not have.");
  if (!value.startsWith("/") || value.startsWith("//")) {
    return refused("Only streams of this edge can be played: the address must start with a single “/”.");
  }
  const parsed = parseQuietly(value, origin);
  if (parsed === null || parsed.origin !== origin || parsed.pathname.startsWith("//")) {
    return refused("Only streams of this edge can be played.");
  }
  const format = formatOf(parsed.pathname);
  if (format === null) return refused("The stream's address must end in .m3u8 (HLS) or .mpd (DASH).");
  const url = parsed.pathname + parsed.search;
  return { kind: "stream", stream: { title: titleOf(parsed.pathname), url, format, live: null } };
}

/** The page's own address for a stream: what a link in the list points to. */
export function addressOf(stream: Stream, page: string): string {
  return `${page}?src=${encodeURIComponent(stream.url)}`;
}

function formatOf(path: string): Format | null {
  if (/\.m3u8$/i.test(path)) return "hls";
  if (/\.mpd$/i.test(path)) return "dash";
  return null;
}

/** `/vod/town-hall/master.m3u8` → `town-hall`: the file name itself says nothing. */
function titleOf(path: string): string {
  const parts = path.split("/").filter((part) => part !== "");
  const name = parts.at(-2) ?? parts.at(-1) ?? path;
  try {
    return decodeURIComponent(name);
  } catch {
    return name;
  }
}

function parseQuietly(value: string, origin: string): URL | null {
  try {
    return new URL(value, origin);
  } catch {
    return null;
  }
}

function refused(reason: string): Choice {
  return { kind: "refused", reason };
}

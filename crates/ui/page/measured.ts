// What browsers measure, made readable. All of it is pure.

/** A protocol as people write it, from its ALPN identifier: `HTTP/1.1`, `HTTP/2`, `HTTP/3`. */
export function protocolName(alpn: string): string {
  const names: Record<string, string> = { "http/1.0": "HTTP/1.0", "http/1.1": "HTTP/1.1", h2: "HTTP/2", h3: "HTTP/3" };
  return names[alpn] ?? alpn;
}

/** The middle of the values, or the mean of the two in the middle; `null` when there are none. */
export function median(values: readonly number[]): number | null {
  const sorted = values.toSorted((a, b) => a - b);
  const upper = sorted[sorted.length >> 1];
  const lower = sorted[(sorted.length - 1) >> 1];
  return upper === undefined || lower === undefined ? null : (upper + lower) / 2;
}

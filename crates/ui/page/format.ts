// Numbers as people read them. All of it is pure; the locale is the page's language, so that a figure looks the same
// in every office and in every test.

const LOCALE = "en-GB";
const UNITS = ["kB", "MB", "GB", "TB", "PB"] as const;

/** What stands where a figure is not known. */
export const UNKNOWN = "–";

/** Bytes in decimal units with three significant digits: `0 B`, `999 B`, `1.23 MB`, `45.6 GB`. */
export function bytes(count: number | null): string {
  if (count === null) return UNKNOWN;
  if (count < 1_000) return `${Math.round(count)} B`;
  let value = count / 1_000;
  let unit = 0;
  // 999.5 would be rounded to 1000, so it belongs to the next unit.
  while (value >= 999.5 && unit < UNITS.length - 1) {
    value /= 1_000;
    unit += 1;
  }
  return `${threeDigits(value)} ${UNITS[unit]}`;
}

/** Bits per second from bytes per second: `5.2 Mbit/s`. */
export function bitRate(bytesPerSecond: number): string {
  return bytes(bytesPerSecond * 8).replace(/B$/, "bit/s");
}

/** A whole number with separators: `12,345`. */
export function count(value: number | null): string {
  return value === null ? UNKNOWN : Math.round(value).toLocaleString(LOCALE);
}

/**
 * A share as percent, rounded down to one decimal: 100 % is said only when nothing at all is missing.
 * `null` when there is nothing to take a share of.
 */
export function percent(part: number, whole: number): string | null {
  if (whole <= 0) return null;
  const tenths = Math.floor((part / whole) * 1_000 + 1e-9);
  return tenths >= 1_000 ? "100" : (tenths / 10).toFixed(1);
}

/** Milliseconds: `0.2 ms`, `43 ms`, `1.25 s`. */
export function milliseconds(value: number | null): string {
  if (value === null) return UNKNOWN;
  if (value < 0.095) return `${value.toFixed(2)} ms`;
  if (value < 9.95) return `${value.toFixed(1)} ms`;
  if (value < 999.5) return `${Math.round(value)} ms`;
  return `${threeDigits(value / 1_000)} s`;
}

/** A position in a video: `0:07`, `12:34`, `1:02:03`. */
export function clock(seconds: number): string {
  const { hours, minutes, rest } = split(seconds);
  const tail = `${hours > 0 ? String(minutes).padStart(2, "0") : minutes}:${String(rest).padStart(2, "0")}`;
  return hours > 0 ? `${hours}:${tail}` : tail;
}

/** The same position in words, for screen readers: `1 hour 2 minutes 3 seconds`. */
export function spoken(seconds: number): string {
  const { hours, minutes, rest } = split(seconds);
  const parts = [words(hours, "hour"), words(minutes, "minute"), words(rest, "second")].filter((part) => part !== "");
  return parts.length === 0 ? "0 seconds" : parts.join(" ");
}

/** A long time, coarse: `12 s`, `5 min`, `3 h 20 min`, `2 d 4 h`. */
export function duration(seconds: number | null): string {
  if (seconds === null) return UNKNOWN;
  if (seconds < 60) return `${Math.floor(seconds)} s`;
  const minutes = Math.floor(seconds / 60);
  if (minutes < 60) return `${minutes} min`;
  const hours = Math.floor(minutes / 60);
  if (hours < 24) return `${hours} h ${minutes % 60} min`;
  return `${Math.floor(hours / 24)} d ${hours % 24} h`;
}

function split(seconds: number): { hours: number; minutes: number; rest: number } {
  const whole = Math.max(0, Math.floor(Number.isFinite(seconds) ? seconds : 0));
  return { hours: Math.floor(whole / 3_600), minutes: Math.floor(whole / 60) % 60, rest: whole % 60 };
}

function words(value: number, unit: string): string {
  return value === 0 ? "" : `${value} ${unit}${value === 1 ? "" : "s"}`;
}

function threeDigits(value: number): string {
  if (value >= 99.95) return value.toFixed(0);
  return value >= 9.995 ? value.toFixed(1) : value.toFixed(2);
}

// Moments and windows of time, for people: of the reader's clock, and UTC beside it. All of it is pure; where the
// reader is comes in as the name of a time zone, which tests give and pages leave to the browser.

const LOCALE = "en-GB";

/** To the minute: a time with seconds looks like an address of IPv6 to those who search for one. */
export function utc(at: Date): string {
  return `${at.toISOString().slice(0, 16).replace("T", " ")} UTC`;
}

/** To the second, as it stands in what was written down: `2026-11-21 10:15:07 UTC`. */
export function utcToTheSecond(at: Date): string {
  return `${at.toISOString().slice(0, 19).replace("T", " ")} UTC`;
}

/** `11:15:07`, of the reader's clock. */
export function timeOfDay(at: Date, zone?: string): string {
  return format(at, zone, { hour: "2-digit", minute: "2-digit", second: "2-digit" });
}

/** `Sat 21 Nov 2026, 11:15:07`, of the reader's clock. */
export function dayAndTime(at: Date, zone?: string): string {
  return `${format(at, zone, { ...DAY, year: "numeric" })}, ${timeOfDay(at, zone)}`;
}

/** `11:15 to 11:30`, of the reader's clock. */
export function span(start: Date, seconds: number, zone?: string): string {
  return `${minute(start, zone)} to ${minute(new Date(start.getTime() + seconds * 1_000), zone)}`;
}

/** `Sat 21 Nov, 11:15 to 11:30`, of the reader's clock. */
export function dayAndSpan(start: Date, seconds: number, zone?: string): string {
  return `${day(start, zone)}, ${span(start, seconds, zone)}`;
}

/** `Sat 21 Nov`, of the reader's clock. */
export function day(at: Date, zone?: string): string {
  return format(at, zone, DAY);
}

/** `11:15`, of the reader's clock. */
export function minute(at: Date, zone?: string): string {
  return format(at, zone, { hour: "2-digit", minute: "2-digit" });
}

/** The moment that `2026-11-21T10:15Z` or `2026-11-21T10:15:07Z` names; null when it is written otherwise. */
export function moment(text: unknown): Date | null {
  if (typeof text !== "string" || !/^\d{4}-\d\d-\d\dT\d\d:\d\d(:\d\d(\.\d+)?)?Z$/.test(text)) return null;
  const at = new Date(text);
  return Number.isNaN(at.getTime()) ? null : at;
}

const DAY: Intl.DateTimeFormatOptions = { weekday: "short", day: "numeric", month: "short" };

function format(at: Date, zone: string | undefined, options: Intl.DateTimeFormatOptions): string {
  // The order of the parts is the locale's; its commas are not needed.
  return at.toLocaleString(LOCALE, { ...options, hourCycle: "h23", ...(zone === undefined ? {} : { timeZone: zone }) }).replaceAll(",", "");
}

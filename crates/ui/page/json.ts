// What came as JSON, looked at piece by piece: another version may have written it. Pure.

/** The fields of an object; null when it is something else. */
export function fields(value: unknown): Record<string, unknown> | null {
  return typeof value === "object" && value !== null && !Array.isArray(value) ? (value as Record<string, unknown>) : null;
}

/** A count or a measure; null when it is none. */
export function figure(value: unknown): number | null {
  return typeof value === "number" && Number.isFinite(value) && value >= 0 ? value : null;
}

/** A text with something in it. */
export function words(value: unknown): string | null {
  return typeof value === "string" && value !== "" ? value : null;
}

/** A list; empty when it is something else. */
export function list(value: unknown): readonly unknown[] {
  return Array.isArray(value) ? value : [];
}

/** One of those that are known. */
export function oneOf<T>(known: readonly T[], value: unknown): T | null {
  return known.find((item) => item === value) ?? null;
}

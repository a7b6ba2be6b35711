// How far an axis goes. Pure.

/** The next 1, 2 or 5 times a power of ten: what an axis is labelled with. `value` is above 0. */
export function nextRound(value: number): number {
  return next(value, [1, 2, 5]);
}

/** The next number with one digit, or 15, 150 and so on: closer, so that more of a small chart is filled. */
export function nextDigit(value: number): number {
  return next(value, [1, 1.5, 2, 3, 4, 5, 6, 7, 8, 9]);
}

function next(value: number, steps: readonly number[]): number {
  const power = 10 ** Math.floor(Math.log10(value));
  return (steps.find((it) => it * power >= value) ?? 10) * power;
}

// Bars as the path of an SVG in pixels, so that patterns and strokes keep their size. Pure.

export interface Bar {
  readonly left: number;
  readonly width: number;
  /** The upper edge of what stands below it, in pixels from the top. */
  readonly bottom: number;
  readonly height: number;
}

/** One path for all of them; those without a height are left out. */
export function path(bars: readonly Bar[]): string {
  return bars.map(({ left, width, bottom, height }) => (height <= 0 ? "" : `M${at(left)} ${at(bottom)}v${at(-height)}h${at(width)}v${at(height)}z`)).join("");
}

/** Where bar `n` of `count` stands in `width` pixels: with a gap beside it as long as there is room for one. */
export function place(n: number, count: number, width: number): Pick<Bar, "left" | "width"> {
  const step = width / count;
  const gap = step > 12 ? 3 : step > 4 ? 1.5 : step > 2 ? 0.75 : 0;
  return { left: n * step + gap / 2, width: step - gap };
}

function at(value: number): string {
  return value.toFixed(2).replace(/\.?0+$/, "");
}

// A chart that is drawn in the pixels it has, and again when it gets others.

/** Calls `draw` with the width of `chart` now, if it has one, and whenever that changes. Says how to draw in between. */
export function drawn(chart: SVGSVGElement, draw: (width: number) => void): () => void {
  const again = () => {
    const width = Math.floor(chart.getBoundingClientRect().width);
    if (width > 0) draw(width);
  };
  new ResizeObserver(again).observe(chart);
  return again;
}

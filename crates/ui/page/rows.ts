// Tables that change while they are read: rows keep their place and their elements, and only what differs is set.

import { made, setText } from "./elements.ts";

/** What one cell says, and how. */
export interface Said {
  readonly text: string;
  readonly className?: string;
}

/** Has the table one row for each of `rows`; the first cell of each is its head. */
export function showRows(body: HTMLTableSectionElement, rows: readonly (readonly Said[])[]): void {
  while (body.rows.length > rows.length) body.deleteRow(-1);
  rows.forEach((cells, n) => {
    const row = body.rows[n] ?? newRow(body, cells.length);
    cells.forEach(({ text, className = "" }, place) => {
      const cell = row.cells[place];
      if (cell === undefined) return;
      setText(cell, text);
      if (cell.className !== className) cell.className = className;
    });
  });
}

function newRow(body: HTMLTableSectionElement, cells: number): HTMLTableRowElement {
  const row = body.insertRow();
  const head = made("th");
  head.scope = "row";
  row.append(head);
  for (let n = 1; n < cells; n += 1) row.insertCell();
  return row;
}

// One report on the page. All of it is set as text: what stands in a report is shown and never run.

import { toClipboard } from "../page/clipboard.ts";
import { element, made, part, setText } from "../page/elements.ts";
import { count } from "../page/format.ts";
import { dayAndSpan, dayAndTime, moment, timeOfDay, utcToTheSecond } from "../page/moment.ts";
import { showRows } from "../page/rows.ts";
import { meaning, parseReport, type Later, type ReportCell, type Sent } from "./sent.ts";

const FIRST = 12;

/** A card, ready to be put on the page. */
export function card(sent: Sent): HTMLElement {
  const copy = element("report", HTMLTemplateElement).content.cloneNode(true) as DocumentFragment;
  const box = part(copy, ".report");
  showHead(box, sent);
  showBytes(box, sent);
  showMeaning(box, sent);
  showRows(part(box, ".fields tbody"), sent.fields.map(([name, value]) => [{ text: name, className: "id" }, { text: value, className: "id" }]));
  return box;
}

function showHead(box: HTMLElement, { time, to, key, later }: Sent): void {
  const [at, title] = [moment(time), part<HTMLTimeElement>(box, "time")];
  setText(title, at === null ? (time ?? "Time not known") : dayAndTime(at));
  if (at !== null) title.dateTime = at.toISOString();
  setText(part(box, ".utc"), at === null ? "" : utcToTheSecond(at));
  title.id = `report-${key ?? ""}`;
  box.setAttribute("aria-labelledby", title.id);
  setText(part(box, ".to"), to ?? "not known");
  setText(part(box, ".key"), key ?? "not known");
  const items = later.map(laterItem);
  part(box, ".later").append(...(items.length === 0 ? [made("li", "no answer yet")] : items));
}

function laterItem(later: Later): HTMLElement {
  const at = moment(later.time);
  const [item, time] = [made("li", `${meaning(later)} `), made("span", at === null ? (later.time ?? "") : timeOfDay(at), "small")];
  if (at !== null) time.title = utcToTheSecond(at);
  item.append(time);
  return item;
}

function showBytes(box: HTMLElement, { report, time }: Sent): void {
  const bytes = part(box, ".bytes");
  bytes.textContent = report;
  bytes.setAttribute("aria-label", `Bytes of the report of ${time ?? "unknown time"}`);
  setText(part(box, ".size"), `${count(new TextEncoder().encode(report).length)} bytes`);
  part(box, ".copy").addEventListener("click", async () => {
    const isDone = await toClipboard(report);
    if (!isDone) select(bytes);
    setText(part(box, ".copied"), isDone ? "Copied." : "This browser does not let the page copy. The bytes are selected: copy them with Ctrl C or ⌘ C.");
  });
}

function select(box: HTMLElement): void {
  box.focus();
  window.getSelection()?.selectAllChildren(box);
}

function showMeaning(box: HTMLElement, { report }: Sent): void {
  const read = parseReport(report);
  part(box, ".cells").hidden = read === null || read.cells.length === 0;
  if (read === null) {
    setText(part(box, ".about"), "This page cannot read it as a table. The bytes are what was sent.");
    return;
  }
  const { site, start, widthSeconds, cells } = read;
  const sum = cells.reduce((total, cell) => total + cell.count, 0);
  setText(part(box, ".about"), `Site ${site}, ${dayAndSpan(start, widthSeconds)}: ${count(sum)} requests in ${count(cells.length)} ${cells.length === 1 ? "cell" : "cells"}.`);
  const rows = part<HTMLTableSectionElement>(box, ".cells tbody");
  showRows(rows, cells.slice(0, FIRST).map(row));
  const all = part<HTMLButtonElement>(box, ".all");
  all.hidden = cells.length <= FIRST;
  setText(all, `Show all ${count(cells.length)} cells`);
  all.addEventListener("click", () => {
    showRows(rows, cells.map(row));
    all.hidden = true;
    part(box, ".bytes").focus({ preventScroll: true });
  });
}

function row({ entry, segments, count: counted }: ReportCell) {
  return [{ text: entry, className: "id" }, { text: segments }, { text: count(counted), className: "number" }];
}

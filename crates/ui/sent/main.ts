// The page of what left: asks the edge for the newest reports, and for older ones when the reader wants them.

import "../page/theme.css";
import "../page/frame.css";
import "../page/button.css";
import "../page/intro.css";
import "../page/operators.css";
import "./style.css";
import { element, isDisabled, setDisabled, setText } from "../page/elements.ts";
import { count } from "../page/format.ts";
import { card } from "./card.ts";
import { parsePage, type Page } from "./sent.ts";

const DATA = "/telemetry/sent.json";
const AT_ONCE = 10;
const PATIENCE_MS = 15_000;

const reports = element("reports", HTMLElement);
const older = element("older", HTMLButtonElement);
const told = element("told", HTMLElement);
let before: string | null = null;
let shown = 0;

older.addEventListener("click", () => void go());
element("retry", HTMLButtonElement).addEventListener("click", () => void go());
void go();

async function go(): Promise<void> {
  if (isDisabled(older)) return;
  setDisabled(older, true);
  setText(told, "Asking the edge…");
  const page = await ask().catch(() => null);
  setDisabled(older, false);
  element("trouble-box", HTMLElement).hidden = page !== null;
  setText(element("trouble", HTMLElement), page === null ? "The edge gave no answer that this page can read." : "");
  setText(told, "");
  if (page !== null) show(page);
}

async function ask(): Promise<Page> {
  const from = before === null ? "" : `&before=${encodeURIComponent(before)}`;
  const said = await fetch(`${DATA}?limit=${AT_ONCE}${from}`, { cache: "no-store", signal: AbortSignal.timeout(PATIENCE_MS) });
  if (!said.ok) throw new Error(`status ${said.status}`);
  return parsePage(await said.json());
}

function show({ sent, more }: Page): void {
  const cards = sent.map(card);
  const isFirst = shown === 0;
  reports.append(...cards);
  shown += cards.length;
  before = more;
  const isEmpty = shown === 0 && more === null;
  element("nothing", HTMLElement).hidden = !isEmpty;
  element("download", HTMLElement).hidden = isEmpty;
  if (more === null && older === document.activeElement) reports.focus({ preventScroll: true });
  older.hidden = more === null;
  if (isEmpty) return;
  const kept = `${count(shown)} ${shown === 1 ? "report" : "reports"}`;
  setText(told, more === null ? `That is all that is kept: ${kept}.` : isFirst ? "" : `${kept} are shown.`);
}

// The page of what is watched: asks the edge every few seconds, and shows the window and the entry that the reader
// chose. Nothing is sent but these questions.

import "../page/theme.css";
import "../page/frame.css";
import "../page/button.css";
import "../page/intro.css";
import "../page/operators.css";
import "../page/plot.css";
import "./style.css";
import { element, setText } from "../page/elements.ts";
import { count } from "../page/format.ts";
import { timeOfDay } from "../page/moment.ts";
import { Polling } from "../page/polling.ts";
import { fromFragment, shown, toFragment, type Choice } from "./choice.ts";
import { Entries } from "./entries.ts";
import { Segments } from "./segments.ts";
import { parseWatched, type Entry, type Watched } from "./watched.ts";
import { Windows } from "./windows.ts";
import { destination, limits, plural, threshold, waiting } from "./words.ts";

const DATA = "/telemetry.json";
const EVERY_MS = 5_000;
const PATIENCE_MS = 8_000;
const GONE = "The window that you looked at is no longer kept.";

/** What the edge said, and of which entry it was asked for more. */
interface Answer {
  readonly watched: Watched;
  readonly of: { readonly entry: string; readonly watched: Watched } | null;
}

const follow = element("follow", HTMLButtonElement);
const windows = new Windows((bucket) => choose({ ...choice, bucket }));
const entries = new Entries((entry) => {
  choose({ ...choice, entry: entry === choice.entry ? null : entry });
  segments.come();
});
const segments = new Segments(() => {
  const { entry } = choice;
  choose({ ...choice, entry: null });
  entries.focus(entry ?? "");
});
const polling = new Polling<Answer>({ everyMs: EVERY_MS, ask, show: heard, failed });
let choice: Choice = fromFragment(location.hash);
let answer: Answer | null = null;
let heardAt: Date | null = null;
let note = "";
/** The newest window when the reader chose theirs. */
let known: string | null = null;

follow.addEventListener("click", () => setFollowing(follow.getAttribute("aria-checked") !== "true"));
element("retry", HTMLButtonElement).addEventListener("click", () => polling.now());
window.addEventListener("hashchange", () => choose(fromFragment(location.hash)));
element("following", HTMLElement).hidden = false;
polling.start();

async function ask(): Promise<Answer> {
  const { entry } = choice;
  const [watched, ofEntry] = await Promise.all([read(DATA), entry === null ? null : read(`${DATA}?entry=${encodeURIComponent(entry)}`)]);
  return { watched, of: entry === null || ofEntry === null ? null : { entry, watched: ofEntry } };
}

async function read(address: string): Promise<Watched> {
  const said = await fetch(address, { cache: "no-store", signal: AbortSignal.timeout(PATIENCE_MS) });
  if (!said.ok) throw new Error(`status ${said.status}`);
  return parseWatched(await said.json());
}

function heard(said: Answer): boolean {
  [answer, heardAt] = [said, new Date()];
  element("trouble-box", HTMLElement).hidden = true;
  setText(element("trouble", HTMLElement), "");
  tellTime();
  render();
  return true;
}

function failed(waitMs: number): void {
  const of = heardAt === null ? "" : ` What stands here is of ${timeOfDay(heardAt)}.`;
  const seconds = Math.max(1, Math.round(waitMs / 1_000));
  const then = isFollowing() ? ` It is asked again in ${plural(seconds, "second", "seconds")}.` : "";
  element("trouble-box", HTMLElement).hidden = false;
  setText(element("trouble", HTMLElement), `The edge does not answer.${of}${then}`);
}

function choose(next: Choice): void {
  const isOtherEntry = next.entry !== choice.entry;
  [choice, note, known] = [next, "", answer?.watched.windows[0]?.bucket ?? null];
  history.replaceState(null, "", toFragment(choice));
  render();
  if (isOtherEntry && choice.entry !== null) polling.now();
}

function render(): void {
  if (answer === null) return;
  const { watched } = answer;
  const isListed = watched.enabled && watched.view !== "off";
  known ??= watched.windows[0]?.bucket ?? null;
  const found = shown(isListed ? watched.windows : [], choice.bucket, known);
  // From the first request on the reader looks at a window, and stays there.
  if (found.isGone && found.window !== null) note = GONE;
  if (found.window !== null && (found.isGone || found.window.events > 0)) choice = { ...choice, bucket: found.window.bucket };
  element("content", HTMLElement).hidden = false;
  setText(element("limits", HTMLElement), limits(watched));
  showFacts(watched);
  windows.show(isListed ? watched : { ...watched, windows: [] }, found, note);
  entries.show(watched, found.window, choice.entry);
  if (found.window === null || choice.entry === null) segments.hide();
  else segments.show(watched, found.window, choice.entry, cellsOf(choice.entry, found.window.bucket, answer));
  element("content", HTMLElement).dataset["chosen"] = String(choice.entry !== null);
}

/** Null when the window has nothing of it; undefined until the edge was asked. */
function cellsOf(entry: string, bucket: string, { of }: Answer): Entry | null | undefined {
  if (of?.entry !== entry) return undefined;
  const window = of.watched.windows.find((it) => it.bucket === bucket);
  return window?.entries.find(({ id }) => id === entry) ?? null;
}

function showFacts({ upstream, spool, threshold: least, totals, site }: Watched): void {
  element("leaving", HTMLElement).dataset["to"] = upstream.state;
  setText(element("destination", HTMLElement), destination(upstream));
  const as = upstream.state === "to" && site !== null ? `In them this site is called ${site}. ` : "";
  setText(element("waiting", HTMLElement), upstream.state === "none" ? "No report is sent anywhere: telemetry.upstream.to is not set." : as + waiting(spool));
  setText(element("threshold", HTMLElement), threshold(least, upstream));
  setText(element("recorded", HTMLElement), count(totals.recorded));
  setText(element("dropped", HTMLElement), count(totals.dropped));
  setText(element("unrecognised", HTMLElement), count(totals.unrecognised));
  setText(element("beyond", HTMLElement), count(totals.beyondMaxCells));
}

function isFollowing(): boolean {
  return follow.getAttribute("aria-checked") === "true";
}

function setFollowing(following: boolean): void {
  follow.setAttribute("aria-checked", String(following));
  if (following) polling.resume();
  else polling.pause();
  tellTime();
}

function tellTime(): void {
  if (heardAt !== null) setText(element("as-of", HTMLElement), `${isFollowing() ? "As of" : "Held at"} ${timeOfDay(heardAt)}`);
}

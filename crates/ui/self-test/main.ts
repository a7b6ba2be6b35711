// The self-test page: asks the edge and the browser, shows each finding as soon as it is there, and makes a text of
// all. Nothing is sent but requests for what the edge itself has.

import "../page/theme.css";
import "../page/frame.css";
import "../page/button.css";
import "../page/intro.css";
import "./style.css";
import { element, isDisabled, setDisabled, setText } from "../page/elements.ts";
import { utc } from "../page/moment.ts";
import { Card } from "./card.ts";
import { CopyText } from "./copy.ts";
import { BROKEN, guarded, type Check, type Finding } from "./finding.ts";
import { browser } from "./findings/browser.ts";
import { connection } from "./findings/connection.ts";
import { localNetwork } from "./findings/local-network.ts";
import { protocol } from "./findings/protocol.ts";
import { proxy } from "./findings/proxy.ts";
import { measuring, roundTrip } from "./findings/round-trip.ts";
import { site } from "./findings/site.ts";
import { measure, PINGS } from "./ping.ts";
import { checks, report, summary, type Findings } from "./report.ts";
import { parseSeen, type Seen } from "./seen.ts";
import { browserName, capabilities, localNetworkState, pageConnection, spokenFor } from "./surroundings.ts";

const DATA = "/self-test.json";
const PATIENCE_MS = 8_000;
const WAITING: Finding = { verdict: "running", answer: "…", explanation: "", details: [] };

const cards = Object.fromEntries(checks().map((check) => [check, new Card(check)])) as Record<Check, Card>;
const findings = Object.fromEntries(checks().map((check) => [check, WAITING])) as Record<Check, Finding>;
const text = new CopyText();
const again = element("again", HTMLButtonElement);
const progress = element("progress", HTMLProgressElement);
let edge: string | null = null;

cards.roundTrip.append(element("measure", HTMLElement));
checks().forEach((check) => cards[check].show(WAITING));
again.addEventListener("click", () => void measureRoundTrip());
void run();

/** The edge's answer before the round trip: its connection is the one that is measured. */
async function run(): Promise<void> {
  show("browser", guarded(() => browser(browserName(), capabilities())));
  const local = localNetworkState().then((state) => guarded(() => localNetwork(state)), () => BROKEN);
  const seen = await ask();
  const spoken = spokenFor(DATA);
  edge = seen?.version ?? null;
  show("site", guarded(() => site(seen)));
  show("connection", guarded(() => connection(seen, pageConnection())));
  show("protocol", guarded(() => protocol(seen, spoken)));
  show("proxy", guarded(() => proxy(seen, spoken, pageConnection().https)));
  show("localNetwork", await local);
  await measureRoundTrip();
}

async function ask(): Promise<Seen | null> {
  try {
    const answer = await fetch(DATA, { cache: "no-store", signal: AbortSignal.timeout(PATIENCE_MS) });
    if (!answer.ok) return null;
    const seen = parseSeen(await answer.json());
    // The browser writes down how it asked after it is over.
    await new Promise((resolve) => window.setTimeout(resolve));
    return seen;
  } catch {
    return null;
  }
}

async function measureRoundTrip(): Promise<void> {
  if (isDisabled(again)) return;
  setMeasuring(true);
  const tell = (so: Parameters<typeof measuring>[0]) => {
    progress.value = so.asked;
    if (so.asked < PINGS) show("roundTrip", measuring(so, PINGS));
  };
  tell({ asked: 0, timesMs: [] });
  const measured = await measure(tell);
  show("roundTrip", guarded(() => roundTrip(measured)));
  setMeasuring(false);
}

function setMeasuring(running: boolean): void {
  setDisabled(again, running);
  progress.dataset["running"] = String(running);
}

function show(check: Check, finding: Finding): void {
  findings[check] = finding;
  cards[check].show(finding);
  tellAll({ ...findings });
}

function tellAll(all: Findings): void {
  const now = new Date();
  const running = checks().some((check) => all[check].verdict === "running");
  setText(element("summary", HTMLElement), summary(all));
  setText(element("edge", HTMLElement), `${edge === null ? "" : `Edge version ${edge}, `}${utc(now)}`);
  setDisabled(element("copy", HTMLButtonElement), running);
  text.show(running ? "" : report(all, edge, now));
}

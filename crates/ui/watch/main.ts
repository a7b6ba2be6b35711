// The watch page, in the order in which a viewer meets it: the list, the choice, the player, the panel.

import "../page/theme.css";
import "../page/frame.css";
import "./style/layout.css";
import "./style/player.css";
import "./style/controls.css";
import "./style/full-screen.css";
import "../page/plot.css";
import "./style/panel.css";
import { Controls } from "./controls.ts";
import { element, setText } from "../page/elements.ts";
import { StreamList } from "./list.ts";
import { Notice } from "./notice.ts";
import { Panel } from "./panel.ts";
import { Probe } from "./probe.ts";
import { addressOf, choiceFromQuery, type Stream } from "./source.ts";
import { Stage } from "./stage.ts";

const PRODUCT = "Spokecast";

const probe = new Probe();
probe.expose();
const notice = new Notice();
const stage = new Stage(new Controls(), notice, probe);
const list = new StreamList((stream) => {
  history.pushState(null, "", addressOf(stream, location.pathname));
  watch(stream);
});

window.addEventListener("popstate", watchAddress);
document.addEventListener("streams-read", nameChosen);
watchAddress();
void list.load();
new Panel().start();

function watchAddress(): void {
  const choice = choiceFromQuery(location.search, location.origin);
  switch (choice.kind) {
    case "stream":
      watch(list.find(choice.stream.url) ?? choice.stream);
      return;
    case "refused":
      leave();
      notice.show("fail", choice.reason);
      return;
    case "none":
      leave();
  }
}

function watch(stream: Stream): void {
  list.mark(stream.url);
  name(stream.title);
  void stage.play(stream);
}

function leave(): void {
  list.mark(null);
  stage.stop();
  name(null);
}

/** A stream from a link has its true title only once the list is there. */
function nameChosen(): void {
  const choice = choiceFromQuery(location.search, location.origin);
  const known = choice.kind === "stream" ? list.find(choice.stream.url) : undefined;
  if (known) name(known.title);
}

function name(title: string | null): void {
  setText(element("title", HTMLElement), title ?? "Choose a stream");
  document.title = title === null ? PRODUCT : `${title} · ${PRODUCT}`;
}

// All findings as text, to be handed to the helpdesk. Pure.

import { utc } from "../page/moment.ts";
import { CHECKS, VERDICTS, type Check, type Finding } from "./finding.ts";

export type Findings = Readonly<Record<Check, Finding>>;

/** `edge` is the version of the edge; null when it did not tell. */
export function report(findings: Findings, edge: string | null, at: Date): string {
  const head = ["Spokecast self-test", `Time: ${utc(at)}`, `Edge version: ${edge ?? "not known"}`];
  const parts = checks().map((check) => [`${CHECKS[check]}: ${VERDICTS[findings[check].verdict]}`, ...body(findings[check])]);
  return [head, ...parts].map((lines) => lines.join("\n")).join("\n\n") + "\n";
}

/** The page's own names of the checks, in their order. */
export function checks(): Check[] {
  return Object.keys(CHECKS) as Check[];
}

/** One sentence over all. */
export function summary(findings: Findings): string {
  const of = (verdict: Finding["verdict"]) => checks().filter((check) => findings[check].verdict === verdict);
  if (of("running").length > 0) return "Checking…";
  const [look, unknown] = [of("look"), of("unknown")];
  const rest = unknown.length === 0 ? "" : ` Not known: ${names(unknown)}.`;
  if (look.length > 0) return `To look at: ${names(look)}.${rest}`;
  return unknown.length === 0 ? "All is as it should be." : `Nothing to look at.${rest}`;
}

function body({ verdict, answer, explanation, details }: Finding): string[] {
  const why = verdict === "look" ? [explanation] : [];
  return [answer, ...why, ...details.map(([label, value]) => `${label}: ${value}`)].map((line) => `  ${line}`);
}

function names(found: readonly Check[]): string {
  return found.map((check) => CHECKS[check]).join(", ");
}

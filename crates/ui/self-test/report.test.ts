import { expect, test } from "vitest";
import type { Finding } from "./finding.ts";
import { report, summary, type Findings } from "./report.ts";

const FINE: Finding = { verdict: "ok", answer: "Fine", explanation: "It is as it should be.", details: [["Label", "value"]] };
const ODD: Finding = { verdict: "look", answer: "Odd", explanation: "That is why.", details: [] };
const ALL: Findings = { site: FINE, connection: ODD, protocol: FINE, roundTrip: FINE, proxy: FINE, localNetwork: FINE, browser: FINE };
const AT = new Date("2026-11-21T20:02:17.5Z");

test("the text has every finding, the time in UTC and the version, and a reason where one is to look", () => {
  const text = report(ALL, "0.1.0", AT);
  expect(text.split("\n\n").slice(0, 3)).toEqual([
    "Spokecast self-test\nTime: 2026-11-21 20:02 UTC\nEdge version: 0.1.0",
    "Site: OK\n  Fine\n  Label: value",
    "Connection: Look at this\n  Odd\n  That is why.",
  ]);
  for (const name of ["Protocol", "Round trip", "Proxy in between", "Local Network Access", "Browser"]) {
    expect(text).toContain(`\n\n${name}: OK\n`);
  }
  expect(report(ALL, null, AT)).toContain("Edge version: not known");
});

test("the sentence over all names what is to be looked at", () => {
  const unknown: Finding = { ...FINE, verdict: "unknown" };
  expect(summary(ALL)).toBe("To look at: Connection.");
  expect(summary({ ...ALL, site: unknown })).toBe("To look at: Connection. Not known: Site.");
  expect(summary({ ...ALL, connection: FINE })).toBe("All is as it should be.");
  expect(summary({ ...ALL, connection: FINE, site: unknown })).toBe("Nothing to look at. Not known: Site.");
  expect(summary({ ...ALL, roundTrip: { ...FINE, verdict: "running" } })).toBe("Checking…");
});

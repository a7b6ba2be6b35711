import { describe, expect, test } from "vitest";
import { BROKEN, guarded, NO_ANSWER } from "./finding.ts";
import { browser, nameOf } from "./findings/browser.ts";
import { connection } from "./findings/connection.ts";
import { localNetwork, type LocalNetwork } from "./findings/local-network.ts";
import { protocol } from "./findings/protocol.ts";
import { proxy } from "./findings/proxy.ts";
import { measuring, roundTrip } from "./findings/round-trip.ts";
import { site } from "./findings/site.ts";
import { parseSeen, type Seen } from "./seen.ts";

function seen(changes: object = {}): Seen {
  const answer = { version: "0.1.0", protocol: "HTTP/2", encrypted: true, certificate: null, location: { state: "unmapped" }, proxy: { hints: [] } };
  const read = parseSeen({ ...answer, ...changes });
  if (read === null) throw new Error("it is an answer");
  return read;
}

test("a check that fails says so and takes no other with it", () => {
  const broken = guarded(() => {
    throw new TypeError("a browser's mistake");
  });
  expect(broken).toBe(BROKEN);
});

test("without the edge's answer, what rests on it is not known", () => {
  expect([site(null), protocol(null, null), proxy(null, "HTTP/2", true)]).toEqual([NO_ANSWER, NO_ANSWER, NO_ANSWER]);
});

describe("site", () => {
  const at = (location: object) => site(seen({ location }));
  const munich = { state: "site", site: "munich", name: "Munich", policy: "site", kind: "lan" };

  test("an office that is served", () => {
    expect(at({ ...munich, realm: "europe" })).toMatchObject({
      verdict: "ok",
      answer: "Munich",
      details: [
        ["Site", "munich"],
        ["Policy", "served by the edges of this office"],
        ["Network", "cable"],
        ["Found by", "the address plan “europe”"],
      ],
    });
  });

  test("other policies are to be looked at", () => {
    expect(at({ ...munich, policy: "bypass", kind: "vpn" })).toMatchObject({ verdict: "look", answer: "Munich" });
    expect(at({ ...munich, policy: "deny", kind: "guest" })).toMatchObject({ verdict: "look", answer: "Munich" });
  });

  test("no office: the fault of a map that there is, not of one that is not", () => {
    expect(at({ state: "unmapped" })).toMatchObject({ verdict: "unknown", answer: "This edge does not know which office you are in" });
    expect(at({ state: "unknown" })).toMatchObject({ verdict: "look", answer: "This edge does not know which office you are in" });
    expect(at({ state: "ambiguous" })).toMatchObject({ verdict: "look", answer: "More than one office fits" });
    expect(at({ state: "moon" })).toMatchObject({ verdict: "unknown" });
  });
});

describe("connection", () => {
  const page = { https: true, secureContext: true, hostname: "edge.example" };
  const certificate = { names: ["edge.example"], issuer: "Office CA", days_left: 47 };

  test("HTTP is to be looked at, and has no certificate", () => {
    const found = connection(seen(), { https: false, secureContext: false, hostname: "192.0.2.7" });
    expect(found).toMatchObject({ verdict: "look", answer: "Not encrypted" });
    expect(found.details).toEqual([
      ["HTTPS", "no"],
      ["Secure context", "no"],
      ["Host name", "an IP address"],
      ["Certificate", "none: this connection is not encrypted"],
    ]);
  });

  test("a certificate of the edge is shown", () => {
    const found = connection(seen({ certificate }), page);
    expect(found.verdict).toBe("ok");
    expect(found.details.slice(2)).toEqual([
      ["Host name", "edge.example"],
      ["Certificate for", "edge.example"],
      ["Issued by", "Office CA"],
      ["Time left", "47 days"],
    ]);
  });

  test("one that ends soon is to be looked at", () => {
    const left = (days_left: number) => connection(seen({ certificate: { ...certificate, days_left } }), page);
    expect(left(15).verdict).toBe("ok");
    expect(left(14)).toMatchObject({ verdict: "look", answer: "The certificate ends in 14 days" });
    expect(left(1)).toMatchObject({ verdict: "look", answer: "The certificate ends in 1 day" });
    expect(left(-1)).toMatchObject({ verdict: "look", answer: "The certificate has ended" });
  });

  test("HTTPS that ends before the edge is encrypted all the same", () => {
    expect(connection(seen({ encrypted: false }), page)).toMatchObject({ verdict: "ok", answer: "Encrypted" });
    expect(connection(null, page)).toMatchObject({ verdict: "ok", explanation: NO_ANSWER.explanation });
  });
});

test("the protocols of both sides are compared", () => {
  expect(protocol(seen(), "HTTP/2")).toMatchObject({ verdict: "ok", answer: "HTTP/2" });
  expect(protocol(seen(), "HTTP/3")).toMatchObject({ verdict: "look", answer: "HTTP/3 became HTTP/2 on the way" });
  expect(protocol(seen(), null)).toMatchObject({ verdict: "unknown", answer: "HTTP/2" });
  expect(protocol(null, "HTTP/3")).toMatchObject({ verdict: "unknown", answer: "HTTP/3" });
});

test("a round trip is short, long, lossy, or not there", () => {
  expect(measuring({ asked: 3, timesMs: [1] }, 10)).toMatchObject({ verdict: "running", answer: "Measuring: 3 of 10" });
  const short = roundTrip({ asked: 4, timesMs: [4, 2, 30, 3] });
  expect(short).toMatchObject({ verdict: "ok", answer: "3.5 ms, the median of 4" });
  expect(short.details).toEqual([
    ["Median", "3.5 ms"],
    ["Shortest", "2.0 ms"],
    ["Longest", "30 ms"],
    ["Answered", "4 of 4"],
  ]);
  expect(roundTrip({ asked: 1, timesMs: [50] }).verdict).toBe("ok");
  expect(roundTrip({ asked: 1, timesMs: [51] }).verdict).toBe("look");
  expect(roundTrip({ asked: 2, timesMs: [1] })).toMatchObject({ verdict: "look", answer: "1.0 ms, the median of 1" });
  expect(roundTrip({ asked: 10, timesMs: [] })).toMatchObject({ verdict: "look", answer: "The edge does not answer" });
});

test("a proxy is known by what it adds, by the protocol, or by where encryption ends", () => {
  expect(proxy(seen(), "HTTP/2", true)).toMatchObject({ verdict: "ok", details: [] });
  expect(proxy(seen(), null, true).verdict).toBe("ok");
  const hints = { proxy: { hints: ["via", "x-real-ip"] } };
  expect(proxy(seen(hints), "HTTP/2", true)).toMatchObject({ verdict: "look", details: [["Fields added", "via, x-real-ip"]] });
  expect(proxy(seen(), "HTTP/1.1", true)).toMatchObject({ verdict: "look", details: [["Protocol", "changes on the way"]] });
  expect(proxy(seen({ encrypted: false }), "HTTP/2", true)).toMatchObject({ verdict: "look", details: [["Encryption", "ends before the edge"]] });
  expect(proxy(seen({ encrypted: false }), "HTTP/2", false).verdict).toBe("ok");
  expect(proxy(seen({ proxy: {} }), "HTTP/2", true)).toBe(NO_ANSWER);
});

describe("Local Network Access", () => {
  const none = { "local-network": null, "local-network-access": null, "loopback-network": null };
  const state = (states: Partial<LocalNetwork["states"]>, secureContext = true) =>
    localNetwork({ secureContext, topLevel: true, states: { ...none, ...states } });

  test("each state, under the new name and the old", () => {
    for (const name of ["local-network", "local-network-access"]) {
      expect(state({ [name]: "granted" })).toMatchObject({ verdict: "ok", answer: "Granted" });
      expect(state({ [name]: "prompt" })).toMatchObject({ verdict: "ok", answer: "The browser would ask" });
      expect(state({ [name]: "denied" })).toMatchObject({ verdict: "look", answer: "Denied" });
    }
  });

  test("the new name counts before the old one", () => {
    const found = state({ "local-network": "denied", "local-network-access": "granted", "loopback-network": "prompt" });
    expect(found.verdict).toBe("look");
    expect(found.details.slice(0, 3)).toEqual([
      ["local-network", "denied"],
      ["local-network-access", "granted"],
      ["loopback-network", "prompt"],
    ]);
  });

  test("a browser without it asks for nothing, and one without HTTPS does not tell", () => {
    expect(state({})).toMatchObject({ verdict: "ok", answer: "Not supported by this browser" });
    expect(state({}, false)).toMatchObject({ verdict: "unknown" });
    const framed = localNetwork({ secureContext: true, topLevel: false, states: none });
    expect(framed.details).toContainEqual(["This page", "in a frame of another page"]);
  });
});

describe("browser", () => {
  const can = { mediaSource: false, managedMediaSource: false, nativeHls: false };

  test("any way to play will do", () => {
    expect(browser("Chrome 142", { ...can, mediaSource: true }).verdict).toBe("ok");
    expect(browser("Safari 18.1", { ...can, managedMediaSource: true }).verdict).toBe("ok");
    expect(browser("Safari 16", { ...can, nativeHls: true })).toMatchObject({ verdict: "ok", explanation: "It can play HLS, and no DASH." });
    expect(browser(null, can)).toMatchObject({ verdict: "look", answer: "A browser that does not name itself" });
  });

  test("its brand is the particular one, and never the invented one", () => {
    const invented = { brand: "Not_A Brand", version: "99" };
    const chromium = { brand: "Chromium", version: "142" };
    expect(nameOf([invented, chromium, { brand: "Google Chrome", version: "142" }], "")).toBe("Google Chrome 142");
    expect(nameOf([chromium, { brand: "Not;A=Brand", version: "8" }], "")).toBe("Chromium 142");
  });

  test("other browsers are known by what they call themselves, and by two numbers at most", () => {
    const agents = {
      "Firefox 145": "Mozilla/5.0 (X11; Linux x86_64; rv:145.0) Gecko/20100101 Firefox/145.0",
      "Safari 18.1": "Mozilla/5.0 (Macintosh; Intel Mac OS X 10_15_7) AppleWebKit/605.1.15 (KHTML, like Gecko) Version/18.1.1 Safari/605.1.15",
      "Chrome 142": "Mozilla/5.0 (X11; Linux x86_64) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/142.0.7444.59 Safari/537.36",
      "Microsoft Edge 142": "Mozilla/5.0 (Windows NT 10.0) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/142.0.0.0 Safari/537.36 Edg/142.0.0.0",
    };
    for (const [name, agent] of Object.entries(agents)) expect(nameOf(null, agent)).toBe(name);
    expect(nameOf([], "curl")).toBeNull();
  });
});

import { describe, expect, test } from "vitest";
import { parseSeen } from "./seen.ts";

/** What an edge without a map and without TLS answers. */
const PLAIN = {
  version: "0.1.0",
  protocol: "HTTP/1.1",
  encrypted: false,
  certificate: null,
  location: { state: "unmapped" },
  proxy: { seen: true, hints: ["via", "x-forwarded-for"] },
};

test("an edge's answer is read", () => {
  expect(parseSeen(PLAIN)).toEqual({
    version: "0.1.0",
    protocol: "HTTP/1.1",
    encrypted: false,
    certificate: null,
    location: { state: "unmapped" },
    hints: ["via", "x-forwarded-for"],
  });
});

test("a certificate is read, and an address among its names is none", () => {
  const certificate = { names: ["edge.example", "192.0.2.7"], issuer: "Office CA", days_left: 47.9 };
  expect(parseSeen({ ...PLAIN, certificate })?.certificate).toEqual({
    names: ["edge.example", "an IP address"],
    issuer: "Office CA",
    daysLeft: 47,
  });
});

describe("location", () => {
  const location = (value: unknown) => parseSeen({ ...PLAIN, location: value })?.location;
  const munich = { state: "site", site: "munich", name: "Munich", policy: "site", kind: "lan" };

  test("a site", () => {
    expect(location(munich)).toEqual({ ...munich, realm: null });
    expect(location({ ...munich, realm: "europe" })).toMatchObject({ realm: "europe" });
    for (const policy of ["bypass", "deny"]) expect(location({ ...munich, policy })).toMatchObject({ policy });
    for (const kind of ["wifi", "vpn", "guest"]) expect(location({ ...munich, kind })).toMatchObject({ kind });
  });

  test("no site", () => {
    for (const state of ["unmapped", "ambiguous", "unknown"]) expect(location({ state })).toEqual({ state });
  });

  test("what this page does not know is unread, and an odd kind is none", () => {
    const odd = [undefined, null, 7, [], {}, { state: "moon" }, { ...munich, policy: "new" }, { ...munich, site: "" }];
    for (const value of odd) expect(location(value)).toEqual({ state: "unread" });
    expect(location({ ...munich, kind: "moon", name: undefined })).toMatchObject({ kind: null, name: "munich" });
  });
});

test("what is not understood is not known", () => {
  for (const value of [null, undefined, "text", 7, []]) expect(parseSeen(value)).toBeNull();
  expect(parseSeen({ certificate: 7, encrypted: "no", proxy: { hints: "via" } })).toEqual({
    version: null,
    protocol: null,
    encrypted: null,
    certificate: null,
    location: { state: "unread" },
    hints: null,
  });
});

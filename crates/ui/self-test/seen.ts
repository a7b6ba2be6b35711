// What the edge says of this connection (`/self-test.json`). It may be another version than this page: whatever is not
// understood is not known, and nothing here throws. Pure.

import { fields, oneOf } from "../page/json.ts";
import { withoutAddresses } from "./address.ts";

export interface Certificate {
  readonly names: readonly string[];
  readonly issuer: string | null;
  readonly daysLeft: number | null;
}

/** `unread`: the edge says something that this page does not know. */
export type Location =
  | { readonly state: "unmapped" | "ambiguous" | "unknown" | "unread" }
  | { readonly state: "site"; readonly site: string; readonly name: string; readonly policy: Policy; readonly kind: Kind | null; readonly realm: string | null };

export type Policy = "site" | "bypass" | "deny";
export type Kind = "lan" | "wifi" | "vpn" | "guest";

/** `null` is what is not known. */
export interface Seen {
  readonly version: string | null;
  readonly protocol: string | null;
  readonly encrypted: boolean | null;
  readonly certificate: Certificate | null;
  readonly location: Location;
  readonly hints: readonly string[] | null;
}

/** `null` when it is no answer of an edge at all. */
export function parseSeen(value: unknown): Seen | null {
  const answer = fields(value);
  if (answer === null) return null;
  return {
    version: text(answer["version"]),
    protocol: text(answer["protocol"]),
    encrypted: typeof answer["encrypted"] === "boolean" ? answer["encrypted"] : null,
    certificate: parseCertificate(answer["certificate"]),
    location: parseLocation(answer["location"]),
    hints: texts(fields(answer["proxy"])?.["hints"]),
  };
}

function parseCertificate(value: unknown): Certificate | null {
  const certificate = fields(value);
  if (certificate === null) return null;
  const days = certificate["days_left"];
  return {
    names: texts(certificate["names"]) ?? [],
    issuer: text(certificate["issuer"]),
    daysLeft: typeof days === "number" && Number.isFinite(days) ? Math.floor(days) : null,
  };
}

function parseLocation(value: unknown): Location {
  const location = fields(value) ?? {};
  const { state } = location;
  if (state === "unmapped" || state === "ambiguous" || state === "unknown") return { state };
  const site = text(location["site"]);
  const policy = oneOf(["site", "bypass", "deny"] as const, location["policy"]);
  if (state !== "site" || site === null || policy === null) return { state: "unread" };
  return {
    state,
    site,
    policy,
    name: text(location["name"]) ?? site,
    kind: oneOf(["lan", "wifi", "vpn", "guest"] as const, location["kind"]),
    realm: text(location["realm"]),
  };
}

function text(value: unknown): string | null {
  return typeof value === "string" && value !== "" ? withoutAddresses(value) : null;
}

function texts(value: unknown): string[] | null {
  return Array.isArray(value) ? value.map(text).filter((item) => item !== null) : null;
}

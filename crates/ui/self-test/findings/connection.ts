// Whether the connection is encrypted, and what proves whose it is. Pure.

import { withoutAddresses } from "../address.ts";
import { NO_ANSWER, yesNo, type Detail, type Finding } from "../finding.ts";
import type { Certificate, Seen } from "../seen.ts";

/** What the browser says of the page's own connection. */
export interface PageConnection {
  readonly https: boolean;
  readonly secureContext: boolean;
  readonly hostname: string;
}

/** Certificates are renewed long before: one with so few days left was forgotten. */
const FEW_DAYS = 14;

export function connection(seen: Seen | null, page: PageConnection): Finding {
  const details: Detail[] = [
    ["HTTPS", yesNo(page.https)],
    ["Secure context", yesNo(page.secureContext)],
    ["Host name", withoutAddresses(page.hostname)],
    ...certificateDetails(seen, page.https),
  ];
  if (!page.https) {
    const explanation = "Video plays from this page, but a page that came over HTTPS, such as a portal, cannot use this edge.";
    return { verdict: "look", answer: "Not encrypted", explanation, details };
  }
  const certificate = seen?.certificate ?? null;
  if (certificate === null) {
    const explanation =
      seen === null ? NO_ANSWER.explanation : "Another server before the edge encrypts this connection, so the edge cannot tell about its certificate.";
    return { verdict: "ok", answer: "Encrypted", explanation, details };
  }
  const { daysLeft } = certificate;
  if (daysLeft !== null && daysLeft <= FEW_DAYS) {
    const answer = daysLeft < 0 ? "The certificate has ended" : `The certificate ends in ${days(daysLeft)}`;
    return { verdict: "look", answer, explanation: "It has to be renewed on the edge, or browsers will refuse it.", details };
  }
  return { verdict: "ok", answer: "Encrypted", explanation: "The edge itself encrypts this connection.", details };
}

function certificateDetails(seen: Seen | null, https: boolean): Detail[] {
  if (!https) return [["Certificate", "none: this connection is not encrypted"]];
  const certificate = seen?.certificate ?? null;
  return certificate === null ? [["Certificate", "not known to the edge"]] : named(certificate);
}

function named({ names, issuer, daysLeft }: Certificate): Detail[] {
  return [
    ["Certificate for", names.length === 0 ? "no name" : names.join(", ")],
    ["Issued by", issuer ?? "not known"],
    ["Time left", daysLeft === null ? "not known" : days(daysLeft)],
  ];
}

function days(count: number): string {
  return `${count} ${Math.abs(count) === 1 ? "day" : "days"}`;
}

// A certificate for this machine that nobody vouches for, and what a browser is told to take it all the same.

import { execFileSync } from "node:child_process";
import { createHash, X509Certificate } from "node:crypto";
import { mkdtempSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";

/** Names in the certificate: a browser asks by address, and QUIC by name. */
const NAMES = "subjectAltName=DNS:localhost,IP:127.0.0.1";

/** `pin`: SHA-256 of the public key in Base64, as `--ignore-certificate-errors-spki-list` wants it. */
export function identity() {
  const folder = mkdtempSync(join(tmpdir(), "spokecast-identity-"));
  try {
    const [key, certificate] = [join(folder, "edge.key"), join(folder, "edge.pem")];
    const made = ["req", "-x509", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:prime256v1", "-nodes", "-days", "30"];
    execFileSync("openssl", [...made, "-subj", "/CN=localhost", "-addext", NAMES, "-keyout", key, "-out", certificate], { stdio: "pipe" });
    const read = new X509Certificate(readFileSync(certificate));
    const spki = read.publicKey.export({ type: "spki", format: "der" });
    const pin = createHash("sha256").update(spki).digest("base64");
    return { files: { "edge.key": readFileSync(key), "edge.pem": readFileSync(certificate) }, pin };
  } finally {
    rmSync(folder, { recursive: true });
  }
}

import { expect, test } from "vitest";
import { withoutAddresses } from "./address.ts";

test("an address becomes a word, in every spelling that browsers and certificates have", () => {
  for (const address of ["192.0.2.7", "127.0.0.1", "[::1]", "::1", "2001:db8::7", "::ffff:192.0.2.7", "fe80::1%eth0"]) {
    expect(withoutAddresses(address), address).toBe("an IP address");
    expect(withoutAddresses(`edge ${address}, and more`), address).toBe("edge an IP address, and more");
  }
});

test("names, versions and times stay as they are", () => {
  for (const text of ["edge.example", "0.1.0", "HTTP/1.1", "Chrome 142.1", "CN=Office CA 2, O=Example", "10:15", "ab:cd", "a: b: c"]) {
    expect(withoutAddresses(text)).toBe(text);
  }
});

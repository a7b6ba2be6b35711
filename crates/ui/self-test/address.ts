// No address is shown and none is copied: what might hold one is passed through here. Pure.

const INSTEAD = "an IP address";

// Of IPv6 whatever has two colons and nothing but hexadecimal digits; it comes first, for it may end like IPv4.
const IPV6 = /(?<!\w)\[?[0-9a-f]{0,4}:[0-9a-f]{0,4}:[0-9a-f:.]*(?:%\w+)?\]?(?!\w)/gi;
const IPV4 = /(?<![\w.])\d{1,3}(?:\.\d{1,3}){3}(?![\w.]*\w)/g;

/** The text with a word in place of each IP address. */
export function withoutAddresses(text: string): string {
  return text.replace(IPV6, INSTEAD).replace(IPV4, INSTEAD);
}

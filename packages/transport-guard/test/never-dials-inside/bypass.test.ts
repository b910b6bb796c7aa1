import { createWebSocketManager } from "@outsock/core";
import type { Peer } from "@outsock/transport-contract";
import { startNodePeer } from "@outsock/transport-contract/node-peer";
import { undiciTransport } from "@outsock/transport-undici";
import { wsTransport } from "@outsock/transport-ws";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { guarded } from "../../src/index.ts";

/** Spellings of 127.0.0.1 that a URL parser understands: each would reach the peer if it were dialled. */
const loopback: readonly (readonly [trick: string, host: string])[] = [
  ["plain", "127.0.0.1"],
  ["a trailing dot", "127.0.0.1."],
  ["decimal", "2130706433"],
  ["decimal with a dot", "2130706433."],
  ["octal", "0177.0.0.1"],
  ["octal in one number", "017700000001"],
  ["octal with leading zeros", "0000177.0000.0000.0001"],
  ["hexadecimal", "0x7f.0x0.0x0.0x1"],
  ["hexadecimal in one number", "0x7f000001"],
  ["upper-case hexadecimal", "0X7F000001"],
  ["hexadecimal with leading zeros", "0x0000007f.0.0.1"],
  ["an empty hexadecimal number for 0", "127.0x.0x.1"],
  ["two parts", "127.1"],
  ["three parts", "127.0.1"],
  ["two parts, mixed", "0x7f.1"],
  ["four parts, mixed", "0177.0x0.0.0x1"],
  ["full-width digits", "１２７．０．０．１"],
  ["ideographic full stops", "127。0。0。1"],
  ["half-width ideographic full stops", "127｡0｡0｡1"],
  ["circled digits", "①②⑦.⓪.⓪.①"],
  ["mathematical digits", "𝟭𝟮𝟳.𝟬.𝟬.𝟭"],
  ["superscript digits", "¹²⁷.⁰.⁰.¹"],
  ["a soft hyphen", "127.0.0\u00ad.1"],
  ["a zero-width space", "127.0.0.\u200b1"],
  ["percent-encoded", "%31%32%37%2e%30%2e%30%2e%31"],
  ["percent-encoded full-width digits", "%EF%BC%91%EF%BC%92%EF%BC%97.0.0.1"],
  ["a tab inside", "127.0\t.0.1"],
  ["a new line inside", "127.0.\n0.1"],
  ["IPv4-mapped", "[::ffff:127.0.0.1]"],
  ["IPv4-mapped, hexadecimal", "[::ffff:7f00:1]"],
  ["IPv4-mapped, in full", "[0000:0000:0000:0000:0000:ffff:7f00:0001]"],
  ["IPv4-mapped, upper case", "[::FFFF:7F00:1]"],
  ["localhost", "localhost"],
  ["localhost, upper case", "LOCALHOST"],
  ["localhost, mixed case", "LocalHost"],
  ["localhost, full-width", "ｌｏｃａｌｈｏｓｔ"],
  ["localhost, circled", "ⓛⓞⓒⓐⓛⓗⓞⓢⓣ"],
  ["localhost, percent-encoded", "%6c%6f%63%61%6c%68%6f%73%74"],
  ["localhost with a long s", "localhoſt"],
];

/** Userinfo, delimiters and other characters around a host. */
const around: readonly (readonly [trick: string, url: (port: string) => string])[] = [
  ["userinfo that looks like a host", (port) => `ws://allowed.example@127.0.0.1:${port}`],
  ["userinfo with a port", (port) => `ws://allowed.example:80@127.0.0.1:${port}`],
  ["two at signs", (port) => `ws://a@allowed.example@127.0.0.1:${port}`],
  ["a percent-encoded at sign", (port) => `ws://allowed.example%40@127.0.0.1:${port}`],
  ["a backslash before the at sign", (port) => `ws://127.0.0.1:${port}\\@allowed.example`],
  ["backslashes for slashes", (port) => `ws:\\\\127.0.0.1:${port}\\@allowed.example`],
  ["a slash before the at sign", (port) => `ws://127.0.0.1:${port}/@allowed.example`],
  ["a question mark before the at sign", (port) => `ws://127.0.0.1:${port}?@allowed.example`],
  ["a fragment before the at sign", (port) => `ws://127.0.0.1:${port}#@allowed.example`],
  ["no slashes", (port) => `ws:127.0.0.1:${port}`],
  ["many slashes", (port) => `ws://///127.0.0.1:${port}`],
  ["white space around", (port) => ` \n ws://127.0.0.1:${port} `],
  ["a tab in the scheme", (port) => `w\ts://127.0.0.1:${port}`],
  ["an upper-case scheme", (port) => `WS://127.0.0.1:${port}`],
  ["another scheme", (port) => `http://127.0.0.1:${port}`],
  ["a blob", (port) => `blob:ws://127.0.0.1:${port}`],
];

/** Other hosts that must not be reachable from outside. */
const inside: readonly (readonly [place: string, host: string])[] = [
  ["this host", "0.0.0.0"],
  ["this host as one number", "0"],
  ["this network", "0.1.2.3"],
  ["another loopback address", "127.255.255.254"],
  ["loopback", "[::1]"],
  ["loopback in full", "[0:0:0:0:0:0:0:1]"],
  ["the unspecified address", "[::]"],
  ["the unspecified address, IPv4-mapped", "[::ffff:0.0.0.0]"],
  ["IPv4-compatible", "[::127.0.0.1]"],
  ["IPv4-compatible, public", "[::8.8.8.8]"],
  ["IPv4-translated (SIIT)", "[::ffff:0:127.0.0.1]"],
  ["NAT64", "[64:ff9b::127.0.0.1]"],
  ["NAT64 to metadata", "[64:ff9b::a9fe:a9fe]"],
  ["NAT64, local", "[64:ff9b:1::7f00:1]"],
  ["6to4", "[2002:7f00:1::]"],
  ["6to4 to metadata", "[2002:a9fe:a9fe::1]"],
  ["Teredo", "[2001:0:7f00:1::80ff:fffe]"],
  ["private", "10.0.0.1"],
  ["private, short", "10.1"],
  ["private, decimal", "167772161"],
  ["private", "172.16.0.1"],
  ["private", "172.31.255.255"],
  ["private", "192.168.0.1"],
  ["private, IPv4-mapped", "[::ffff:192.168.0.1]"],
  ["carrier-grade NAT", "100.64.0.1"],
  ["unique local", "[fd12:3456:789a::1]"],
  ["link-local", "[fe80::1]"],
  ["site-local", "[fec0::1]"],
  ["multicast", "224.0.0.1"],
  ["multicast", "[ff02::1]"],
  ["broadcast", "255.255.255.255"],
  ["metadata", "169.254.169.254"],
  ["metadata, decimal", "2852039166"],
  ["metadata, hexadecimal", "0xa9fea9fe"],
  ["metadata, octal", "0251.0376.0251.0376"],
  ["metadata, two parts", "169.16689662"],
  ["metadata, IPv4-mapped", "[::ffff:169.254.169.254]"],
  ["metadata, IPv4-mapped in hexadecimal", "[::ffff:a9fe:a9fe]"],
  ["metadata, IPv4-compatible", "[::a9fe:a9fe]"],
  ["metadata, full-width", "１６９．２５４．１６９．２５４"],
  ["metadata of containers", "169.254.170.2"],
  ["metadata of AWS", "[fd00:ec2::254]"],
  ["metadata of Alibaba Cloud", "100.100.100.200"],
  ["metadata of Azure, a public address", "168.63.129.16"],
  ["metadata of Oracle Cloud", "192.0.0.192"],
  ["a zone", "[fe80::1%25eth0]"],
  ["a zone of loopback", "[::1%25lo]"],
];

let peer: Peer;
let port: string;
const transports = { ws: wsTransport(), undici: undiciTransport() };

beforeAll(async () => {
  peer = await startNodePeer();
  port = new URL(peer.url).port;
});
afterAll(() => peer.close());

describe.each(["ws", "undici"] as const)("a guarded %s transport dials nothing for", (name) => {
  const manager = createWebSocketManager({ transport: guarded(transports[name]) });
  afterAll(() => manager.dispose());

  async function expectRefused(url: string): Promise<void> {
    const before = peer.connectionCount;
    const { error } = await manager.connect(url);
    expect(["URL_FORBIDDEN", "INVALID_URL"]).toContain(error?.code);
    // The manager refuses invalid URLs itself; the guard refuses the others.
    const isUrl = URL.canParse(url) && /^wss?:$/.test(new URL(url).protocol) && new URL(url).hash === "";
    if (isUrl) expect(error?.code).toBe("URL_FORBIDDEN");
    expect(peer.connectionCount).toBe(before);
  }

  it.each(loopback)("%s: %s", (_, host) => expectRefused(`ws://${host}:${port}`));
  it.each(around)("%s", (_, url) => expectRefused(url(port)));
  it.each(inside)("%s: %s", (_, host) => expectRefused(`ws://${host}:${port}`));
});

describe.each(["ws", "undici"] as const)(
  "the same spelling reaches the peer over %s if it is allowed:",
  (name) => {
    const manager = createWebSocketManager({ transport: guarded(transports[name], { allowPrivate: true }) });
    afterAll(() => manager.dispose());

    it.each(loopback)("%s: %s", async (_, host) => {
      const before = peer.connectionCount;
      const { error } = await manager.connect(`ws://${host}:${port}`);
      expect([error?.code, peer.connectionCount]).toEqual([undefined, before + 1]);
    });
  },
);

import { describe, expect, it } from "vitest";
import { addressPolicy } from "../src/address-policy.ts";

/** First and last addresses of ranges, to detect ranges that are too short or too long. */
const publicOnes = [
  "1.0.0.0",
  "8.8.8.8",
  "9.255.255.255",
  "11.0.0.0",
  "100.63.255.255",
  "100.128.0.0",
  "126.255.255.255",
  "128.0.0.0",
  "168.63.129.15",
  "168.63.129.17",
  "169.253.255.255",
  "169.255.0.0",
  "172.15.255.255",
  "172.32.0.0",
  "191.255.255.255",
  "192.0.1.0",
  "192.0.3.0",
  "192.167.255.255",
  "192.169.0.0",
  "198.17.255.255",
  "198.20.0.0",
  "223.255.255.255",
  "::ffff:8.8.8.8",
  "::ffff:808:808",
  "2001:200::1",
  "2001:4860:4860::8888",
  "2003::1",
  "2606:4700:4700::1111",
  "2606:4700:4700:0:0:0:0:1111",
  "2A00:1450:4001:80B::200E",
  "3ffe:ffff:ffff:ffff:ffff:ffff:ffff:ffff",
];

/** By RFC 6890 and the registries of IANA that followed it. */
const specialOnes = [
  "0.0.0.0",
  "0.255.255.255",
  "192.0.0.0",
  "192.0.0.9",
  "192.0.0.255",
  "192.0.2.1",
  "192.31.196.1",
  "192.52.193.1",
  "192.88.99.1",
  "192.175.48.1",
  "198.18.0.0",
  "198.19.255.255",
  "198.51.100.1",
  "203.0.113.1",
  "224.0.0.0",
  "239.255.255.255",
  "240.0.0.0",
  "255.255.255.254",
  "255.255.255.255",
  "::",
  "::2",
  // IPv4-compatible (RFC 4291 section 2.5.5.1); ipaddr.js calls the second form unicast, and takes the first for mapped.
  "::8.8.8.8",
  "::808:808",
  "::127.0.0.1",
  "::7f00:1",
  "::10.0.0.1",
  "::fffe:808:808",
  // SIIT (RFC 7915), NAT64 (RFC 6052, RFC 8215), discard (RFC 6666)
  "::ffff:0:8.8.8.8",
  "::ffff:0:808:808",
  "64:ff9b::8.8.8.8",
  "64:ff9b::808:808",
  "64:ff9b:1::1",
  "64:ff9b:2::1",
  "100::1",
  "100:0:0:1::1",
  // Teredo, benchmarking, AMT, AS112, ORCHID, drone identities, documentation, 6to4, segment routing
  "2001::1",
  "2001:2::1",
  "2001:3::1",
  "2001:4:112::1",
  "2001:10::1",
  "2001:20::1",
  "2001:30::1",
  "2001:1ff::1",
  "2001:db8::1",
  "2002:808:808::1",
  "2620:4f:8000::1",
  "3fff::1",
  "3fff:fff::1",
  "5f00::1",
  // Never given out; ipaddr.js calls these unicast.
  "1::1",
  "200::1",
  "1fff::1",
  "4000::1",
  "a000::1",
  "e000::1",
  "fec0::1",
  "feff::1",
  "ff02::1",
  "ffff::1",
];

const privateOnes = [
  "10.0.0.0",
  "10.255.255.255",
  "100.64.0.0",
  "100.127.255.255",
  "127.0.0.0",
  "127.0.0.1",
  "127.255.255.255",
  "172.16.0.0",
  "172.31.255.255",
  "192.168.0.0",
  "192.168.255.255",
  "::1",
  "::ffff:10.0.0.1",
  "::ffff:7f00:1",
  "fc00::1",
  "fd12:3456:789a::1",
  "fdff:ffff:ffff:ffff:ffff:ffff:ffff:ffff",
];

const neverOnes = [
  "169.254.0.0",
  "169.254.169.254",
  "169.254.170.2",
  "169.254.255.255",
  "::ffff:169.254.169.254",
  "::ffff:a9fe:a9fe",
  "fe80::1",
  "fe80::a9fe:a9fe",
  "febf:ffff:ffff:ffff:ffff:ffff:ffff:ffff",
  "100.100.100.200",
  "::ffff:100.100.100.200",
  "168.63.129.16",
  "192.0.0.192",
  "fd00:ec2::23",
  "fd00:ec2::254",
  "fd00:0ec2:0:0:0:0:0:0254",
  "fd20:ce::254",
  "fd00:42::42",
];

/** Invalid addresses, addresses with a zone, and spellings that programs parse differently. */
const unreadable = [
  "",
  " ",
  "localhost",
  "8.8.8",
  "8.8.8.8.",
  "8.8.8.8 ",
  " 8.8.8.8",
  "8.8.8.8\n",
  "8.8.8.8:80",
  "8.8.8.8/32",
  "8.8.8.8%eth0",
  "08.8.8.8",
  "010.8.8.8",
  "0x8.8.8.8",
  "134744072",
  "256.8.8.8",
  "8.8.8.8.8",
  "::ffff:010.8.8.8",
  "::ffff:8.8.8.8%eth0",
  "2606:4700::1111%eth0",
  "2606:4700::1111%",
  "fe80::1%eth0",
  "fe80::1%25eth0",
  "::1%lo",
  "[2606:4700::1111]",
  "2606:4700::1111]",
  "2606:4700::1111]@[::1",
  "2606:4700::1111/64",
  "2606:4700:::1111",
  "2606::4700::1111",
  "2606:4700:1:2:3:4:5:6:7",
  "2606:4700",
  ":",
  ":::",
  "２６０６::1",
  "８.8.8.8",
];

const refuseAll = (addresses: readonly string[], rule: (address: string) => boolean): void => {
  expect(addresses.filter(rule)).toEqual([]);
};
const allowAll = (addresses: readonly string[], rule: (address: string) => boolean): void => {
  expect(addresses.filter((address) => !rule(address))).toEqual([]);
};

describe("the address policy", () => {
  it("allows public addresses, and by default no others", () => {
    const rule = addressPolicy({});
    allowAll(publicOnes, rule);
    refuseAll([...specialOnes, ...privateOnes, ...neverOnes], rule);
  });

  it("allows private addresses with allowPrivate, but never link-local or metadata addresses", () => {
    const rule = addressPolicy({ allowPrivate: true });
    allowAll([...publicOnes, ...privateOnes], rule);
    refuseAll([...specialOnes, ...neverOnes], rule);
  });

  it("refuses ambiguous and invalid addresses, whatever is allowed", () => {
    refuseAll(unreadable, addressPolicy({}));
    refuseAll(unreadable, addressPolicy({ allowPrivate: true, allowAddresses: ["0.0.0.0/0", "::/0"] }));
  });

  it.each([
    ["10.1.2.3", ["10.1.2.3", "::ffff:10.1.2.3"], ["10.1.2.2", "10.1.2.4", "127.0.0.1"]],
    ["10.1.0.0/16", ["10.1.0.0", "10.1.255.255"], ["10.0.255.255", "10.2.0.0"]],
    ["172.16.0.0/31", ["172.16.0.0", "172.16.0.1"], ["172.16.0.2", "172.31.0.1"]],
    ["0.0.0.0/0", ["10.1.2.3", "0.0.0.0", "255.255.255.255"], ["::1", "169.254.1.1", "168.63.129.16"]],
    ["fd00::5", ["fd00::5", "FD00:0::5"], ["fd00::6"]],
    ["fd00::/8", ["fd00::5", "fdff::1"], ["fc00::1", "fd00:ec2::254", "fd20:ce::254", "fd00:42::42"]],
    ["::/0", ["::1", "64:ff9b::808:808", "::7f00:1"], ["127.0.0.1", "fe80::1", "fd00:ec2::254"]],
    ["64:ff9b::/96", ["64:ff9b::808:808", "64:ff9b::8.8.8.8"], ["64:ff9b:1::1", "8.8.8.8.8"]],
    ["169.254.0.0/16", ["169.254.1.1", "169.254.169.254"], ["168.63.129.16"]],
    ["169.254.1.1", ["169.254.1.1"], ["169.254.169.254"]],
    ["169.254.0.0/15", [], ["169.254.1.1", "169.254.169.254"]],
    ["fe80::/10", ["fe80::1"], ["fe80::1%eth0"]],
    ["fe80::/9", ["fec0::1"], ["fe80::1"]],
    ["192.0.0.0/24", ["192.0.0.1"], ["192.0.0.192"]],
    ["100.64.0.0/10", ["100.64.0.1"], ["100.100.100.200"]],
    ["100.100.100.200", ["100.100.100.200"], ["100.100.100.199"]],
    ["168.63.129.16/32", ["168.63.129.16"], []],
    ["fd00:ec2::254", ["fd00:ec2::254"], ["fd00:ec2::23"]],
  ])("lets through what allowAddresses names: %s", (range, allowed, refused) => {
    const rule = addressPolicy({ allowAddresses: [range] });
    allowAll([...allowed, "8.8.8.8"], rule);
    refuseAll(refused, rule);
  });

  it.each([
    ["NAT64 (RFC 6052)", "64:ff9b::/96", (high: string, low: string) => `64:ff9b::${high}:${low}`],
    ["6to4 (RFC 3056)", "2002::/16", (high: string, low: string) => `2002:${high}:${low}::1`],
    ["6to4, any host", "2002::/16", (high: string, low: string) => `2002:${high}:${low}:1:a00:1:808:808`],
    ["NAT64 in a wider range", "::/0", (high: string, low: string) => `64:ff9b::${high}:${low}`],
    ["6to4 in a wider range", "::/0", (high: string, low: string) => `2002:${high}:${low}::`],
  ])("asks for the IPv4 address inside as well: %s, %s", (_, range, around) => {
    const open = around("808", "808");
    const inner = around("a00", "1");
    const metadata = [around("a9fe", "a9fe"), around("6464", "64c8"), around("a83f", "8110")];
    const never = [around("0", "1"), around("e000", "1"), around("ffff", "ffff")];

    const plain = addressPolicy({ allowAddresses: [range] });
    allowAll([open], plain);
    refuseAll([inner, ...metadata, ...never], plain);

    const withPrivate = addressPolicy({ allowAddresses: [range], allowPrivate: true });
    allowAll([open, inner], withPrivate);
    refuseAll([...metadata, ...never], withPrivate);

    const withNamed = addressPolicy({ allowAddresses: [range, "10.0.0.0/8", "169.254.169.254"] });
    allowAll([open, inner, around("a9fe", "a9fe")], withNamed);
    refuseAll([around("a9fe", "a9ff"), around("ac10", "1"), ...never], withNamed);

    refuseAll(metadata, addressPolicy({ allowAddresses: [range, "0.0.0.0/0"] }));
    refuseAll(
      [open, inner, ...metadata],
      addressPolicy({ allowAddresses: ["0.0.0.0/0", "169.254.169.254"] }),
    );
  });

  it("treats no other IPv6 address as one with an embedded IPv4 address", () => {
    allowAll(["64:ff9b:1::a00:1", "2003:a00:1::1"], addressPolicy({ allowAddresses: ["64:ff9b:1::/48"] }));
  });
});

import { describe, expect, it } from "vitest";
import { guarded } from "../src/index.ts";
import { isOpened } from "./support/guard-fixture.ts";

const cases: readonly (readonly [rule: string, matching: readonly string[], others: readonly string[]])[] = [
  [
    "example.com",
    [
      "ws://example.com",
      "wss://example.com:8443/path?query",
      "ws://EXAMPLE.com",
      "ws://example.com.",
      "ws://example.com..",
      "ws://example%2ecom",
      "ws://ｅｘａｍｐｌｅ。com",
      "ws://user:secret@example.com",
    ],
    [
      "ws://example.org",
      "ws://a.example.com",
      "ws://example.com.evil.org",
      "ws://notexample.com",
      "ws://example.co",
      "ws://evil.org/example.com",
      "ws://evil.org?example.com",
      "ws://example.com@evil.org",
      "ws://evil.org\\@example.com",
    ],
  ],
  ["EXAMPLE.Com.", ["ws://example.com", "ws://example.com."], ["ws://example.org"]],
  ["wss://example.com", ["wss://example.com", "wss://example.com:1"], ["ws://example.com"]],
  ["WSS://example.com", ["wss://example.com"], ["ws://example.com"]],
  ["ws://example.com", ["ws://example.com"], ["wss://example.com"]],
  [
    "example.com:443",
    ["wss://example.com", "wss://example.com:443", "ws://example.com:443"],
    ["ws://example.com"],
  ],
  [
    "example.com:80",
    ["ws://example.com", "ws://example.com:80", "wss://example.com:80"],
    ["wss://example.com"],
  ],
  ["wss://example.com:443", ["wss://example.com"], ["ws://example.com:443", "wss://example.com:444"]],
  ["example.com:08443", ["ws://example.com:8443"], ["ws://example.com:844"]],
  [
    "*.example.com",
    ["ws://a.example.com", "ws://a.b.c.example.com", "ws://A.EXAMPLE.COM.", "ws://*.example.com"],
    ["ws://example.com", "ws://.example.com", "ws://aexample.com", "ws://a.example.com.evil.org"],
  ],
  [
    "wss://*.example.com:8443",
    ["wss://a.example.com:8443"],
    ["wss://a.example.com", "ws://a.example.com:8443"],
  ],
  ["*", ["ws://example.com", "wss://8.8.8.8:1", "ws://[2606:4700::1]"], []],
  ["*:8443", ["ws://example.com:8443", "ws://8.8.8.8:8443"], ["ws://example.com", "wss://example.com"]],
  ["wss://*", ["wss://example.com"], ["ws://example.com"]],
  [
    "bücher.example",
    ["ws://bücher.example", "ws://xn--bcher-kva.example", "ws://BÜCHER.example"],
    ["ws://bucher.example"],
  ],
  ["_a-b.my_host", ["ws://_a-b.my_host"], ["ws://a-b.my_host"]],
  ["a--1.1b.example..", ["ws://a--1.1b.example"], ["ws://a-1.1b.example"]],
  ["*.my_host", ["ws://a.my_host"], ["ws://my_host"]],
  [
    "*.odd.example",
    ["ws://a,b.odd.example", "ws://-a-.odd.example", "ws://a..odd.example"],
    ["ws://a,odd.example"],
  ],
  ["xn--bcher-kva.example", ["ws://bücher.example"], ["ws://bucher.example"]],
  [
    "8.8.8.8",
    [
      "ws://8.8.8.8",
      "ws://0x8080808",
      "ws://8.8.2056",
      "ws://[::ffff:8.8.8.8]",
      "ws://8.8.8.8.",
      "ws://8.8.8.8..",
    ],
    ["ws://8.8.8.9"],
  ],
  ["134744072", ["ws://8.8.8.8"], ["ws://8.8.8.9"]],
  ["[::ffff:808:808]", ["ws://8.8.8.8"], ["ws://[::808:808]"]],
  ["[2606:4700::1]", ["ws://[2606:4700::1]", "ws://[2606:4700:0:0:0:0:0:1]:81"], ["ws://[2606:4700::2]"]],
  ["[2606:4700:0::0:1]:81", ["ws://[2606:4700::1]:81"], ["ws://[2606:4700::1]"]],
];

describe("a pattern", () => {
  it.each(cases)("decides which URLs may be dialled: allow %s", async (rule, matching, others) => {
    for (const url of matching) {
      const opened = await isOpened((inner) => guarded(inner, { allow: [rule] }), url);
      expect({ url, opened }).toEqual({ url, opened: true });
    }
    for (const url of others) {
      const opened = await isOpened((inner) => guarded(inner, { allow: [rule] }), url);
      expect({ url, opened }).toEqual({ url, opened: false });
    }
  });

  it.each(cases)("decides which URLs are refused: deny %s", async (rule, matching, others) => {
    for (const url of matching) {
      const opened = await isOpened((inner) => guarded(inner, { deny: [rule] }), url);
      expect({ url, opened }).toEqual({ url, opened: false });
    }
    for (const url of others.filter((one) => !one.includes("::808:808"))) {
      const opened = await isOpened((inner) => guarded(inner, { deny: [rule] }), url);
      expect({ url, opened }).toEqual({ url, opened: true });
    }
  });
});

describe("the lists", () => {
  const opened = (options: Parameters<typeof guarded>[1], url: string) =>
    isOpened((inner) => guarded(inner, options), url);

  it("allow every URL without options, and none with an empty allow", async () => {
    expect(await opened(undefined, "ws://example.com")).toBe(true);
    expect(await opened({ allow: undefined, deny: [] }, "ws://example.com")).toBe(true);
    expect(await opened({ allow: [] }, "ws://example.com")).toBe(false);
  });

  it("apply deny before allow", async () => {
    const options = { allow: ["*.example.com", "example.org"], deny: ["secret.example.com", "*:22"] };
    expect(await opened(options, "ws://open.example.com")).toBe(true);
    expect(await opened(options, "ws://example.org")).toBe(true);
    expect(await opened(options, "ws://secret.example.com")).toBe(false);
    expect(await opened(options, "ws://open.example.com:22")).toBe(false);
    expect(await opened(options, "ws://example.net")).toBe(false);
  });

  it("deny every spelling of an address", async () => {
    const options = { allowPrivate: true, deny: ["10.0.0.5"] };
    for (const host of ["10.0.0.5", "10.5", "0xa000005", "[::ffff:a00:5]", "10.0.0.5.", "10.0.0.5.."])
      expect({ host, opened: await opened(options, `ws://${host}`) }).toEqual({ host, opened: false });
    expect(await opened(options, "ws://10.0.0.6")).toBe(true);
  });

  it("apply wildcard patterns to hosts that cannot be named in a pattern", async () => {
    for (const url of ["ws://a.com,b.com", "ws://a..b", "ws://-a-", "ws://(a)"]) {
      expect({ url, opened: await opened({}, url) }).toEqual({ url, opened: true });
      expect({ url, opened: await opened({ allow: ["a.com", "b.com"] }, url) }).toEqual({
        url,
        opened: false,
      });
      expect({ url, opened: await opened({ deny: ["*"] }, url) }).toEqual({ url, opened: false });
    }
  });

  it("do not allow a forbidden address", async () => {
    expect(await opened({ allow: ["10.0.0.5"] }, "ws://10.0.0.5")).toBe(false);
    expect(await opened({ allow: ["10.0.0.5"], allowAddresses: ["10.0.0.5"] }, "ws://10.0.0.5")).toBe(true);
  });

  it("are read once: later changes of the arrays have no effect", async () => {
    const allow = ["example.com"];
    const allowAddresses = ["10.0.0.1"];
    const options = { allow, allowAddresses };
    const judge = (url: string) =>
      isOpened((inner) => {
        const guard = guarded(inner, options);
        allow.push("example.org", "10.0.0.2");
        allowAddresses.push("10.0.0.2");
        return guard;
      }, url);
    expect(await judge("ws://example.org")).toBe(false);
    allow.length = 1;
    expect(await judge("ws://10.0.0.2")).toBe(false);
  });

  it.each([
    "http://example.com",
    "https://example.com",
    "file:///etc/passwd",
    "example.com",
    "",
    "ws://",
    "ws://.",
    "wss://a b",
  ])("refuse what is no WebSocket URL: %j", async (url) => {
    expect(await opened({}, url)).toBe(false);
  });
});

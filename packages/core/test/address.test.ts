import { describe, expect, it } from "vitest";
import { type Address, parseAddress } from "../src/operations/address.ts";

function parse(input: unknown): Address {
  const address = parseAddress(input);
  if (typeof address === "string") throw new Error(address);
  return address;
}

describe("an address", () => {
  it.each([
    "",
    " ",
    "example.com",
    "//example.com",
    "http://example.com",
    "https://example.com",
    "ftp://x",
    "ws://",
    "ws://a b",
    "ws://x:99999",
    "ws://x/#fragment",
    undefined,
    null,
    42,
    {},
    "javascript:alert(1)",
  ])("is refused for %o", (input) => {
    expect(parseAddress(input)).toBeTypeOf("string");
  });

  it("is refused for what only looks like a URL", () => {
    expect(parseAddress(new Proxy(new URL("ws://peer.test/"), {}))).toBeTypeOf("string");
  });

  it("never repeats a refused one, which may hold a secret", () => {
    const parsed = parseAddress("wss//user:secret@host?token=secret");
    expect(JSON.stringify(parsed)).not.toContain("secret");
  });

  it("takes strings and URLs", () => {
    expect(parse("wss://Example.COM").href).toBe("wss://example.com/");
    expect(parse(new URL("ws://127.1:8080/p")).href).toBe("ws://127.0.0.1:8080/p");
  });

  it("takes credentials of any length", () => {
    expect(parse(`ws://${"x".repeat(300_000)}:y@peer.test/`).authorization).toHaveLength(400_010);
  });

  it("is shown without userinfo and query", () => {
    const { redacted } = parse("wss://user:pw@example.com:8443/path?token=secret&secret");
    expect(redacted).toBe("wss://example.com:8443/path?***");
  });

  it.each(["ws://peer.test/p", "ws://peer.test/p?", "ws://peer.test/p#", "ws://peer.test/p?#"])(
    "is shown without what is empty in it: %s",
    (url) => {
      expect(parse(url).redacted).toBe("ws://peer.test/p");
      expect(parse(url).href).not.toContain("#");
    },
  );

  it("is dialled with its query and without its userinfo, which becomes Basic credentials", () => {
    const { href, authorization } = parse("wss://us%C3%A9r:p%40ss@example.com/?a=1");
    expect(href).toBe("wss://example.com/?a=1");
    expect(authorization).toBe(`Basic ${Buffer.from("usér:p@ss").toString("base64")}`);
  });
});

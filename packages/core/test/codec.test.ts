import { describe, expect, it } from "vitest";
import { InvalidMessage, json, raw, text } from "../src/index.ts";
import { bytesMessage, textMessage } from "./support/puppet.ts";

describe("the codecs", () => {
  it("json reads text and binary messages alike", () => {
    expect(json.decode(textMessage('{"a":1}'))).toEqual({ a: 1 });
    expect(json.decode(bytesMessage(new TextEncoder().encode("[1]")))).toEqual([1]);
  });

  it("json does not let __proto__ reach a prototype", () => {
    const decoded = json.decode(textMessage('{"__proto__":{"polluted":true}}'));
    expect(Object.getPrototypeOf(decoded)).toBe(Object.prototype);
    expect({}).not.toHaveProperty("polluted");
  });

  it.each([undefined, () => {}, Symbol("x"), new Uint8Array(1), new ArrayBuffer(1)])(
    "json has no form for %o",
    (message) => {
      expect(() => json.encode(message)).toThrow(InvalidMessage);
    },
  );

  it("text takes strings only", () => {
    expect(text.encode("plain")).toBe("plain");
    expect(() => text.encode({})).toThrow(InvalidMessage);
    expect(text.decode(bytesMessage(new TextEncoder().encode("ü")))).toBe("ü");
  });

  it("raw leaves strings and bytes as they are", () => {
    expect(raw.encode(new Uint8Array([1]).buffer)).toEqual(new Uint8Array([1]));
    expect(raw.decode(textMessage("s"))).toBe("s");
    expect(raw.decode(bytesMessage(new Uint8Array([1, 2])))).toEqual(new Uint8Array([1, 2]));
    expect(() => raw.encode(1)).toThrow(InvalidMessage);
  });
});

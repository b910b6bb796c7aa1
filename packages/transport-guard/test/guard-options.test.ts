import { createMemoryNetwork } from "@outsock/transport-memory";
import { describe, expect, it } from "vitest";
import { guarded } from "../src/index.ts";

const make = (options: object | undefined): (() => unknown) => {
  const transport = createMemoryNetwork().transport();
  return () => Reflect.apply(guarded, undefined, [transport, options]);
};

describe("a TypeError is thrown for", () => {
  it.each([
    [{ allowed: [] }, /unknown option "allowed"; known are allow, deny, allowPrivate, allowAddresses/],
    [[], /plain object/],
    [{ allow: "example.com" }, /allow must be an array of strings/],
    [{ allow: null }, /allow must be an array of strings/],
    [{ allow: [5] }, /allow must be an array of strings/],
    [{ allow: new Array(1) }, /allow must be an array of strings/],
    [{ deny: new Set(["example.com"]) }, /deny must be an array of strings/],
    [{ deny: [/example/] }, /deny must be an array of strings/],
    [{ allowPrivate: "yes" }, /allowPrivate must be true or false/],
    [{ allowPrivate: 1 }, /allowPrivate must be true or false/],
    [{ allowAddresses: "10.0.0.1" }, /allowAddresses must be an array of strings/],
  ])("%j", (options, message) => {
    expect(make(options)).toThrow(TypeError);
    expect(make(options)).toThrow(message);
  });

  it.each([undefined, null, {}, { open() {} }, "ws"])("an invalid transport: %j", (transport) => {
    expect(() => Reflect.apply(guarded, undefined, [transport])).toThrow(/^guarded: the transport must be/);
  });

  it.each([
    ["", "no host"],
    ["ws://", "no host"],
    [":443", "no host"],
    [" ", "an invalid host"],
    [".", "an invalid host"],
    ["*.", "an invalid host"],
    ["a b.example", "an invalid host"],
    ["exam\tple.com", "an invalid host"],
    ["example.com ", "an invalid host"],
    ["a<b", "an invalid host"],
    ["a.com,b.com", "an invalid host"],
    ["a.com;b.com", "an invalid host"],
    ["{a,b}.com", "an invalid host"],
    ["a%2cb.com", "an invalid host"],
    ["$A", "an invalid host"],
    ["(a)", "an invalid host"],
    ["'a.com'", "an invalid host"],
    ["!a.com", "an invalid host"],
    ["a~b.com", "an invalid host"],
    [".example.com", "an invalid host"],
    ["wss://.example.com:443", "an invalid host"],
    ["a..b", "an invalid host"],
    ["*..com", "an invalid host"],
    ["*.a,b", "an invalid host"],
    ["-a-", "an invalid host"],
    ["-a.com", "an invalid host"],
    ["a.b-.com", "an invalid host"],
    ["*.-a.com", "an invalid host"],
    ["a%00b", "an invalid host"],
    ["256.256.256.256", "an invalid host"],
    ["1.2.3.4.5", "an invalid host"],
    ["[::1", "an invalid host"],
    ["::1", "an invalid host (IPv6 needs brackets)"],
    ["[]", "an invalid host"],
    ["[::1]x", "an invalid host"],
    ["[fe80::1%25eth0]", "an invalid host"],
    ["[1.2.3.4]", "an invalid host"],
    ["http://example.com", "a scheme"],
    ["://example.com", "a scheme"],
    ["*://example.com", "a scheme"],
    ["wss:/example.com", "a path"],
    ["example.com/", "a path"],
    ["example.com/path", "a path"],
    ["example.com?query", "a path"],
    ["example.com#", "a path"],
    ["example.com\\path", "a path"],
    ["10.0.0.0/8", "a path"],
    ["user@example.com", "userinfo"],
    ["wss://user:secret@example.com", "userinfo"],
    ["example.com:", "an invalid port"],
    ["example.com:0", "an invalid port"],
    ["example.com:65536", "an invalid port"],
    ["example.com:*", "an invalid port"],
    ["example.com:http", "an invalid port"],
    ["example.com:-1", "an invalid port"],
    ["example.com: 80", "an invalid port"],
    ["example.com:4e2", "an invalid port"],
    ["example.com:80:80", "an invalid host (IPv6 needs brackets)"],
    ["*example.com", "a * that"],
    ["a.*.example.com", "a * that"],
    ["example.*", "a * that"],
    ["*.*.example.com", "a * that"],
    ["**", "a * that"],
    ["＊.example.com", "a * that"],
    ["%2a.example.com", "a * that"],
    ["*.10.0.0.1", "a * before an address"],
    ["*.[::1]", "an invalid host"],
  ])("the pattern %j", (rule, problem) => {
    for (const name of ["allow", "deny"]) {
      const options = { [name]: ["example.org", rule] };
      expect(make(options)).toThrow(TypeError);
      expect(make(options)).toThrow(`guarded: ${name}[1] has ${problem}`);
    }
  });

  it.each([
    ["", "is neither"],
    ["localhost", "is neither"],
    ["10.1", "is neither"],
    ["010.0.0.1", "is neither"],
    ["10.0.0.0/", "is neither"],
    ["10.0.0.0/8/8", "is neither"],
    ["10.0.0.0/255.0.0.0", "is neither"],
    ["10.0.0.0/-1", "is neither"],
    ["10.*", "is neither"],
    ["[::1]", "is neither"],
    ["fe80::1%eth0", "is neither"],
    ["fe80::%eth0/10", "is neither"],
    ["10.0.0.0/33", "has a prefix longer than 32"],
    ["fd00::/129", "has a prefix longer than 128"],
    ["10.0.0.1/8", "has bits set beyond its prefix"],
    ["0.0.0.1/0", "has bits set beyond its prefix"],
    ["fd00::1/8", "has bits set beyond its prefix"],
    ["::ffff:10.0.0.1", "is IPv4 in IPv6"],
    ["::ffff:0:0/96", "is IPv4 in IPv6"],
  ])("the range %j", (range, problem) => {
    const options = { allowAddresses: ["10.0.0.1", range] };
    expect(make(options)).toThrow(TypeError);
    expect(make(options)).toThrow(`guarded: allowAddresses[1] ${problem}`);
  });

  it("an invalid value, and its message does not contain it", () => {
    expect(make({ allow: ["wss://user:secret@example.com"] })).not.toThrow(/secret|example/);
  });
});

it("every option may be absent or undefined", () => {
  for (const options of [
    undefined,
    {},
    { allow: undefined, deny: undefined, allowPrivate: undefined, allowAddresses: undefined },
    { allow: [], deny: [], allowPrivate: false, allowAddresses: [] },
  ])
    expect(make(options)).not.toThrow();
});

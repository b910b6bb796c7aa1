import { InvalidMessage } from "@outsock/core";
import { startRotatingServer } from "@outsock/test-servers";
import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { plain } from "../../src/index.ts";
import { fieldAt, parsePath, putAt } from "../../src/protocols/path.ts";
import { openReal, use } from "../support/real.ts";

describe("plain", () => {
  it("A call is matched by the field that the server repeats", async () => {
    const { url } = await use(startRotatingServer({ lifeMs: 60_000 }));
    const session = await openReal({ url, protocol: plain({ params: "params", result: "result" }) });
    const answers = await Promise.all([1, 2, 3].map((n) => session.call("echo", n)));
    expect(answers.map(({ data }) => data?.response)).toEqual([1, 2, 3]);
  });

  it.each([
    [{}, { method: "m", a: 1, id: 1 }],
    [
      { id: "meta.id", method: "op" },
      { op: "m", a: 1, meta: { id: 1 } },
    ],
    [{ method: false, params: "args.first" } as const, { args: { first: { a: 1 } }, id: 1 }],
    [{ id: "req.id", method: "req.op", params: "req.args" }, { req: { op: "m", id: 1, args: { a: 1 } } }],
  ])("With %j messages are encoded as documented", (options, message) => {
    expect(plain(options).encode(1, { method: "m", params: { a: 1 } })).toEqual(message);
  });

  it("The caller's params are not modified", () => {
    const params = { meta: { a: 1 } };
    expect(plain({ id: "meta.id" }).encode(1, { method: "m", params })).toEqual({
      method: "m",
      meta: { a: 1, id: 1 },
    });
    expect(params).toEqual({ meta: { a: 1 } });
  });

  it("A field called __proto__ stays a field", () => {
    const body = plain().encode(1, { method: "m", params: JSON.parse('{"__proto__":{"a":1}}') });
    expect(JSON.stringify(body)).toBe('{"__proto__":{"a":1},"method":"m","id":1}');
    expect(body).not.toHaveProperty("a");
  });

  it("Any JSON is classified without throwing", () => {
    const { classify } = plain({ match: "a.b", result: "a.c", error: "d", event: "e.f" });
    const key = fc.constantFrom("a", "b", "c", "d", "e", "f", "__proto__");
    const message = fc.oneof(fc.jsonValue(), fc.dictionary(key, fc.dictionary(key, fc.jsonValue())));
    fc.assert(fc.property(message, (value) => void classify(value)));
  });

  it("Answers, errors and events are read at their paths", () => {
    const { classify } = plain({ match: "re.id", result: "re.data", error: "re.error", event: "kind" });
    expect(classify({ re: { id: "a", data: 5 } })).toEqual({ kind: "reply", id: "a", result: 5 });
    expect(classify({ re: { id: 2, error: { code: "E", message: "no" } } })).toEqual({
      kind: "error",
      id: 2,
      error: { code: "E", message: "no" },
    });
    expect(classify({ re: { id: 2, error: "no" } })).toMatchObject({
      error: { code: "unknown", message: "no" },
    });
    expect(classify({ kind: "tick", n: 1 })).toEqual({
      kind: "event",
      topic: "tick",
      data: { kind: "tick", n: 1 },
    });
    expect(classify([1])).toEqual({ kind: "event", topic: "message", data: [1] });
  });

  it("Paths that lead to a prototype and invalid options are refused", () => {
    for (const id of ["__proto__.x", "a.constructor", "prototype", "", "a..b"]) {
      expect(() => plain({ id })).toThrow(TypeError);
    }
    const misspelt: object = { identity: "id" };
    expect(() => plain(misspelt)).toThrow("unknown option");
  });

  it("Params that occupy a field of the message are refused", () => {
    const { encode } = plain({ id: "meta.id" });
    expect(() => encode(1, { method: "m", params: { method: "mine" } })).toThrow(
      "the params collide with a field of the message itself at method",
    );
    expect(() => encode(1, { method: "m", params: { meta: 5 } })).toThrow("at meta.id");
    expect(() => plain({ id: "args.id", params: "args" }).encode(1, { method: "m", params: [1] })).toThrow(
      "args.id",
    );
  });

  it.each([0, false, "", null])("An error field of %j is no error", (error) => {
    expect(plain({ error: "error" }).classify({ id: 1, error })).toMatchObject({ kind: "reply" });
  });

  it("Without the option params, params must be an object", async () => {
    const { url } = await use(startRotatingServer({ lifeMs: 60_000 }));
    const session = await openReal({ url, protocol: plain() });
    expect((await session.call("m", [1])).error?.code).toBe("INVALID_MESSAGE");
  });

  it("makeId makes the ids", () => {
    expect(plain({ makeId: (count) => `c${count}` }).makeId?.(3)).toBe("c3");
  });
});

describe("a path", () => {
  const key = fc.string({ minLength: 1 }).filter((text) => !/[.]/.test(text));
  const path = fc.array(key, { minLength: 1, maxLength: 4, size: "max" }).map((keys) => keys.join("."));

  it("A value is found where it was put, and other objects on the path are unchanged", () => {
    fc.assert(
      fc.property(fc.dictionary(key, fc.jsonValue()), path, fc.jsonValue(), (message, text, value) => {
        fc.pre(!/(?:^|\.)(?:__proto__|constructor|prototype)(?:\.|$)/.test(text));
        const before = JSON.stringify(message);
        const body: Record<string, unknown> = { ...message };
        const parsed = parsePath("x", text);
        const taken = fieldAt(body, parsed) !== undefined;
        try {
          putAt(body, parsed, value);
          expect(taken).toBe(false);
          expect(fieldAt(body, parsed)).toEqual(value);
        } catch (error) {
          expect(error).toBeInstanceOf(InvalidMessage);
        }
        expect(JSON.stringify(message)).toBe(before);
      }),
    );
  });
});

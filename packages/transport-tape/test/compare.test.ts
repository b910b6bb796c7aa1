import { describe, expect, it } from "vitest";
import { createCompare, type TapeMatch } from "../src/index.ts";
import { replayer } from "./support/replayer.ts";
import { channelLines } from "./support/tapes.ts";
import { thrown } from "./support/user.ts";

type Message = string | Uint8Array;

/** Where a message differs from the one on a tape; undefined if it matches. */
async function placeOf(recorded: Message, actual: Message, match: TapeMatch): Promise<string | undefined> {
  const payload =
    typeof recorded === "string" ? { text: recorded } : { bytes: Buffer.from(recorded).toString("base64") };
  const { open, replay } = replayer(channelLines([{ type: "out", ...payload }]), { match });
  const { channel } = await open();
  try {
    channel.send(actual);
    replay.verify();
    return undefined;
  } catch (error) {
    expect(error).toMatchObject({ code: "SEND_FAILED", cause: { code: "TAPE_PARTED", line: 4, channel: 1 } });
    return replay.partings[0]?.difference?.at;
  }
}

const bytes = (...values: number[]) => Uint8Array.from(values);
const deep = (inner: string) => `${"[".repeat(200_000)}${inner}${"]".repeat(200_000)}`;

describe("a message matches the one on the tape", () => {
  it.each<[string, Message, Message, string | undefined, string | undefined]>([
    // what, recorded, actual, where exactly, where in shape
    ["the same text", "hello", "hello", undefined, undefined],
    ["another text", "hello", "help", "character 4", undefined],
    ["a longer text", "hello", "hello!", "character 6", undefined],
    ["a shorter text", "hello", "hell", "character 5", undefined],
    ["other text than JSON", "{}", "hello", "character 1", "character 1"],
    ["JSON where there was text", "hello", "{}", "character 1", "character 1"],
    ["its keys in another order", '{"a":1,"b":2}', '{"b":2, "a":1}', undefined, undefined],
    ["another value", '{"a":{"b":1}}', '{"a":{"b":2}}', "$.a.b", undefined],
    ["another text in it", '{"a":"x"}', '{"a":"y"}', "$.a", undefined],
    ["another type", '{"a":{"b":1}}', '{"a":{"b":"1"}}', "$.a.b", "$.a.b"],
    ["null for a number", '{"a":1}', '{"a":null}', "$.a", "$.a"],
    ["null for an object", '{"a":{}}', '{"a":null}', "$.a", "$.a"],
    ["a list for an object", '{"a":{}}', '{"a":[]}', "$.a", "$.a"],
    ["true for false", '{"a":true}', '{"a":false}', "$.a", undefined],
    ["a key less", '{"a":1,"b":2}', '{"a":1}', "$.b", "$.b"],
    ["a key more", '{"a":1}', '{"a":1,"c":null}', "$.c", "$.c"],
    ["a key that every object knows", '{"a":1}', '{"a":1,"toString":1}', "$.toString", "$.toString"],
    ["a key less that every object knows", '{"constructor":1}', "{}", "$.constructor", "$.constructor"],
    ["__proto__", '{"__proto__":{"a":1}}', '{"__proto__":{"a":2}}', "$.__proto__.a", undefined],
    ["a key with a dot", '{"a.b":{"c d":1}}', '{"a.b":{"c d":2}}', '$["a.b"]["c d"]', undefined],
    ["an item", '[1,[2,{"a":3}]]', '[1,[2,{"a":4}]]', "$[1][1].a", undefined],
    ["an item of another type", "[1,2]", '[1,"2"]', "$[1]", "$[1]"],
    ["a longer list", "[1]", "[1,2]", "$.length", undefined],
    ["a shorter list", '{"a":[1,2]}', '{"a":[1]}', "$.a.length", undefined],
    ["another thing altogether", "1", "[1]", "$", "$"],
    ["another number", "1", "2", "$", undefined],
    ["the number, written otherwise", "1.0", "1", undefined, undefined],
    ["the same bytes", bytes(1, 2, 255), bytes(1, 2, 255), undefined, undefined],
    ["other bytes", bytes(1, 2, 255), bytes(1, 3, 255), "byte 2", undefined],
    ["more bytes", bytes(1, 2), bytes(1, 2, 3), "byte 3", undefined],
    ["bytes for text", "a", bytes(97), "$", "$"],
    ["text for bytes", bytes(97), "a", "$", "$"],
    ["another secret", '{"token":"***7"}', '{"token":"sesame-sesame"}', undefined, undefined],
    [
      "another secret, in bytes",
      Buffer.from('{"token":"***7"}'),
      Buffer.from('{"token":"x"}'),
      undefined,
      undefined,
    ],
    ["a number for a secret", '{"token":"***7"}', '{"token":1}', "$.token", "$.token"],
    ["the same, very deep", deep("1"), deep("1"), undefined, undefined],
    ["another one, very deep", deep("1"), deep("2"), "character 200001", "character 200001"],
  ])("%s", async (_, recorded, actual, exactly, inShape) => {
    expect(await placeOf(recorded, actual, "exact")).toBe(exactly);
    expect(await placeOf(recorded, actual, "shape")).toBe(inShape);
  });

  it("when a function says so, given both unredacted", async () => {
    const asked: unknown[] = [];
    const match = (actual: Message, recorded: Message): boolean => {
      asked.push(actual, recorded);
      return actual !== "no";
    };
    expect(await placeOf("recorded", "actual", match)).toBeUndefined();
    expect(await placeOf(bytes(1), bytes(2), match)).toBeUndefined();
    expect(await placeOf("recorded", "no", match)).toBe("$");
    expect(asked).toEqual(["actual", "recorded", bytes(2), bytes(1), "no", "recorded"]);
  });
});

describe("a message that differs", () => {
  const lines = channelLines([
    { type: "out", text: '{"id":1}' },
    { type: "in", text: "answer" },
    { type: "out", text: "next" },
  ]);

  it("does not count as sent: the matching one may follow", async () => {
    const { open, replay, clock } = replayer(lines);
    const { channel, messages } = await open();
    const error = thrown(() => channel.send('{"id":2}'));
    expect(error).toMatchObject({
      code: "SEND_FAILED",
      cause: { difference: { at: "$.id", recorded: 1, actual: 2 } },
    });
    await clock.advance(0);
    expect(messages).toEqual([]);
    channel.send('{"id":1}');
    await clock.advance(0);
    expect(messages).toEqual(["answer"]);
    channel.send("next");
    expect(replay.partings).toEqual([Reflect.get(Object(error), "cause")]);
    expect(thrown(() => replay.verify())).toBe(replay.partings[0]);
  });

  it("is reported without secrets, and in one line at most", async () => {
    const [, ...rest] = lines;
    const [dialled = {}] = channelLines([], 1, { headers: ["authorization"] });
    const redact = (text: string): string => text.replaceAll("ACME", "***");
    const { open, replay } = replayer([dialled, ...rest], { redact });
    const { channel } = await open({ headers: { authorization: "Bearer sesame-open" } });
    const secret = { token: "hush-hush", of: "ACME", text: "sesame-open", more: "x".repeat(5_000) };
    thrown(() => channel.send(JSON.stringify({ id: secret })));
    const message = replay.partings.at(-1)?.message ?? "";
    expect(message).not.toMatch(/hush|ACME|sesame/);
    expect(message.length).toBeLessThan(400);
  });

  it("may be nested to any depth", async () => {
    const { open } = replayer(lines);
    const { channel } = await open();
    expect(thrown(() => channel.send(`{"id":${deep("")}}`))).toMatchObject({
      code: "SEND_FAILED",
      cause: { difference: { at: "$.id" } },
    });
  });

  it("may be one for which the tape has nothing left", async () => {
    const { open, replay } = replayer(channelLines([{ type: "in", text: "a" }, { type: "closing" }]));
    const { channel } = await open();
    expect(thrown(() => channel.send("b"))).toMatchObject({ code: "SEND_FAILED", cause: { line: 5 } });
    expect(replay.partings).toMatchObject([{ line: 5, channel: 1 }]);
    const empty = await replayer(channelLines([])).open();
    expect(thrown(() => empty.channel.send("b"))).toMatchObject({ code: "SEND_FAILED", cause: { line: 2 } });
  });
});

describe("a secret", () => {
  it("in a header is recognised in messages, as it was during recording", async () => {
    const lines = channelLines([{ type: "out", text: "hello ***2" }], 1, { headers: ["authorization"] });
    const { open, replay } = replayer(lines);
    const { channel } = await open({ headers: { authorization: "Bearer open-sesame" } });
    channel.send("hello open-sesame");
    replay.verify();
  });

  it("that became known only now matches the tape, where it was not known", async () => {
    const lines = [
      ...channelLines([{ type: "out", text: "hello open-sesame" }], 1),
      ...channelLines([], 2, { headers: ["authorization"], url: "ws://other.example/" }),
    ];
    const { open, replay } = replayer(lines);
    await open({ headers: { authorization: "Bearer open-sesame" }, url: "ws://other.example/" });
    const { channel } = await open();
    channel.send("hello open-sesame");
    replay.verify();
  });

  it("from the tape may be sent back", async () => {
    const { open, replay, clock } = replayer(
      channelLines([
        { type: "in", text: '{"token":"***1"}' },
        { type: "out", text: "resume ***1" },
      ]),
    );
    const { channel, messages } = await open();
    await clock.advance(0);
    const { token } = JSON.parse(String(messages[0]));
    channel.send(`resume ${token}`);
    replay.verify();
  });
});

describe("createCompare", () => {
  const place = { channel: 1, atMs: 0 };

  it("compares exactly by default, and hides what redact hides", () => {
    const compare = createCompare();
    expect(compare({ ...place, type: "out", text: '{"a":1}' }, '{ "a": 1 }')).toBeUndefined();
    expect(compare({ ...place, type: "out", text: '{"a":1}' }, '{"a":2}')).toMatchObject({ at: "$.a" });
    const own = createCompare({ redact: (text) => text.replaceAll("ACME", "***") });
    expect(own({ ...place, type: "out", text: "for ***" }, "for ACME")).toBeUndefined();
  });

  it.each([
    ["a part of a string", '{"a":"x ***1"}', '{"a":"x realsecret123"}', "realsecret123"],
    ["a plain word", '{"a":"x ***1"}', '{"a":"x symbol"}', "symbol"],
    ["short", '{"a":"x ***1"}', '{"a":"x 1"}', "1"],
    ["a number", '{"a":"***1","b":2}', '{"a":12345678,"b":2}', "12345678"],
    ["a name", '{"***1":1}', '{"realsecret123":1}', "realsecret123"],
    ["on the tape as it is", '{"a":"symbol","symbol":1}', '{"a":"***1","***1":1}', "symbol"],
    ["in text", "PASS ***1", "PASS symbol", "symbol"],
    ["a number in text", 'it is "***1" or ***1', 'it is "4711" or 4711', "4711"],
    ["in JSON within JSON", '{"a":"{\\"b\\":\\"***1\\"}"}', '{"a":"{\\"b\\":\\"symbol\\"}"}', "symbol"],
  ])("hides a given secret: %s", (_, text, actual, secret) => {
    const compare = createCompare({ secrets: ["", secret, "other"] });
    expect(compare({ ...place, type: "out", text }, actual)).toBeUndefined();
    const bytes = Buffer.from(text).toString("base64");
    expect(compare({ ...place, type: "out", bytes }, Buffer.from(actual))).toBeUndefined();
  });

  it.each(["exact", "shape", () => false] as const)("quotes no given secret, matching %s", (match) => {
    const compare = createCompare({ match, secrets: ["symbol", "4711"] });
    const texts = [
      '{"a":"symbol"}',
      '{"symbol":2,"b":[4711]}',
      "is symbol 4711",
      '["4711",4711',
      '{"a":4711}',
    ];
    for (const text of texts) {
      for (const actual of texts) {
        const difference = JSON.stringify([compare({ ...place, type: "out", text }, actual)]);
        expect(difference).not.toMatch(/symbol|4711/);
      }
    }
  });

  it("reports only the length of bytes", () => {
    const compare = createCompare({ match: () => false });
    expect(compare({ ...place, type: "out", bytes: "AAE=" }, Uint8Array.from([1]))).toEqual({
      at: "$",
      recorded: "2 bytes",
      actual: "1 bytes",
    });
  });
});

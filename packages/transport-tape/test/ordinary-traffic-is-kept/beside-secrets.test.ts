import { describe, expect, it } from "vitest";
import { sent } from "../support/on-tape.ts";
import { recorder } from "../support/recorder.ts";
import { url } from "../support/tapes.ts";

const uuid = "550e8400-e29b-41d4-a716-446655440000";

async function textsOf(...messages: string[]): Promise<unknown[]> {
  return (await sent(...messages)).map(({ text }) => text);
}

describe("ordinary traffic is unchanged after", () => {
  it.each([
    [
      "a word that is called a token",
      '{"type":"token","token":"symbol"}',
      '{"type":"done","symbol":"BTCUSDT"}',
    ],
    ["a longer word", '{"token":" international,"}', '{"international":1,"a":"international,"}'],
    ["punctuation", '{"token":"          "}', '{"a":          "          "}'],
    ["a name's part", '{"token":"status"}', '{"status":"ok","http_status":200}'],
    ["a secret that is a name", '{"token":"user-id-1"}', '{"user-id-1":1,"user-id-12":{"a":1}}'],
    ["a name of Socket.IO", '{"token":"user-id-1"}', '42["a",{"user-id-1":1}]'],
    ["a number in words", '{"password":"250000"}', '{"balance":250000,"a":"250000"}'],
    ["a longer one", '{"password":"1234567890"}', '{"a":1234567890,"b":[1234567890,"id 1234567890"]}'],
    ["a date", '{"password":"2024-12-17"}', '{"a":"2024-12-17"}'],
    ["numbers under secret names", '{"token":12345678,"pin":1234567890}', "[12345678,1234567890]"],
    ["what is short", '{"password":"a-b-c-d"}', '{"a":"a-b-c-d"}'],
  ])("%s", async (_, first, then) => {
    const texts = await textsOf(first, then, first.replace(/".*"/, "{}"), then);
    expect([texts[1], texts[3]]).toEqual([then, then]);
  });

  it("cookies, except distinctive ones", async () => {
    const made = recorder();
    const cookie = "theme=darkmode; market=BTCUSDT; size=12345678; sid=s%3Aab12cd34ef";
    const { channel } = await made.open({ headers: { cookie } });
    const text = '{"symbol":"BTCUSDT","theme":"darkmode","size":12345678}';
    channel.send(text);
    channel.send("BTCUSDT in darkmode: 12345678, s%3Aab12cd34ef");
    const entries = await made.entries();
    expect(entries.slice(2)).toMatchObject([{ text }, { text: "BTCUSDT in darkmode: 12345678, ***1" }]);
  });

  it("a password of digits in a header, except in strings and text", async () => {
    const made = recorder();
    const authorization = `Basic ${Buffer.from("joe:250000").toString("base64")}`;
    const { channel } = await made.open({ headers: { authorization } });
    const texts = [
      '{"balance":250000}',
      '42["x",250000]',
      '{"a":250000}\n{"b":250000}',
      '{"a":"250000"}',
      "is 250000",
    ];
    for (const text of texts) channel.send(text);
    const [, , ...entries] = await made.entries();
    const stand = /\*\*\*\d/.exec(String(entries[4]?.text))?.[0];
    expect(entries.map(({ text }) => text)).toEqual([
      ...texts.slice(0, 3),
      `{"a":"${stand}"}`,
      `is ${stand}`,
    ]);
  });

  it("a weak name, which hides only keys", async () => {
    const text = `{"key":"value-one","code":"BTC-USDT","session":{"model":"gpt-4o-realtime-preview-2024-12-17"},"auth":"none"}`;
    expect(await textsOf(text)).toEqual([text]);
  });

  it("a message that authenticates, which hides only keys", async () => {
    const texts = [
      '{"op":"auth","args":["public",1662350400000],"grant":"client_credentials"}',
      `{"type":"author","id":"${uuid}"}`,
    ];
    expect(await textsOf(...texts)).toEqual(texts);
  });

  it("URLs without secrets", async () => {
    const text = "see https://joe@example.com:8080/a?symbol=BTCUSDT&limit=5#top, a?b=c&d=e";
    expect(await textsOf(text, JSON.stringify({ text }))).toEqual([text, JSON.stringify({ text })]);
  });

  it("more tokens than are remembered, and a later secret is still hidden", async () => {
    const words = Array.from({ length: 2_500 }, (_, index) =>
      [...`${index}`].map((digit) => "abcdefghij"[Number(digit)]).join(""),
    );
    const texts = await textsOf(
      ...words.map((token) => JSON.stringify({ token })),
      '{"token":"hush-hush"}',
      "hush-hush",
    );
    expect(texts.at(-1)).toMatch(/^\*\*\*\d+$/);
  });
});

describe("in the handshake", () => {
  it.each([
    [["actioncable-v1-json", "v4.channel.k8s.io", "base64.binary.k8s.io"], undefined],
    [
      ["realtime", "openai-insecure-api-key.sk-abcdefghijklmnop", "openai-beta.realtime-v1"],
      ["realtime", "openai-insecure-api-key.***1", "openai-beta.realtime-v1"],
    ],
    [
      ["token", "deepgramkeyofletters"],
      ["token", "***1"],
    ],
    [
      ["Bearer", "abc", "v1"],
      ["Bearer", "***1", "v1"],
    ],
    [
      ["access_token", "abc-def-ghi"],
      ["access_token", "***1"],
    ],
    [
      ["v1", "apikey", "abc-def-ghi"],
      ["v1", "apikey", "***1"],
    ],
    [["my-token.abc-def-ghi"], ["my-token.***1"]],
    [
      ["v4.channel.k8s.io", "base64url.bearer.authorization.k8s.io.ZXlKaGJHY2lPaUpTVXpJMU5pSX"],
      ["v4.channel.k8s.io", "***1"],
    ],
  ])("the subprotocols %j", async (protocols, shown = protocols) => {
    for (const protocol of protocols) {
      const made = recorder({}, { protocol });
      await made.open({ protocols });
      const [open, opened] = await made.entries();
      expect(open).toMatchObject({ protocols: shown });
      if (protocol.length >= 8) expect(shown).toContain(opened?.protocol);
    }
  });

  it("a key after a name is also hidden in messages", async () => {
    const [one, two] = ["sk-abcdefghijklmnop", "ZXlKaGJHY2lPaUpTVXpJMU5pSX"];
    const protocols = [`openai-insecure-api-key.${one}`, `base64url.bearer.authorization.k8s.io.${two}`];
    const made = recorder({}, { protocol: `openai-insecure-api-key.${one}` });
    const { channel } = await made.open({ protocols });
    channel.send(`with ${one}`);
    channel.send(`with ${two}`);
    expect((await made.entries()).slice(2)).toMatchObject([{ text: "with ***1" }, { text: "with ***3" }]);
  });

  it.each(["/v1/realtime/gpt-4o-realtime-preview-2024-12-17", "/ws/btcusdt@depth20@100ms", "/token.json"])(
    "the path %s stays",
    async (path) => {
      const made = recorder();
      await made.open({ url: `${url}${path}` });
      expect((await made.entries())[0]).toMatchObject({ url: `${url}${path}` });
    },
  );

  it.each(["9aa3d95b3bc440fa88ea12eaa4456161", "Xy9_Kq2-vLmP8rTz4WnB7cDf1GhJ3kQs", uuid])(
    "the path's key %s is hidden",
    async (key) => {
      const made = recorder();
      await made.open({ url: `${url}/ws/v3/${key}` });
      expect((await made.entries())[0]).toMatchObject({ url: `${url}/ws/v3/***1` });
    },
  );
});

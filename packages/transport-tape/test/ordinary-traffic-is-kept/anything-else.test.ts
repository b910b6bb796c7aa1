import { describe, expect, it } from "vitest";
import { sent, sentText, utf8 } from "../support/on-tape.ts";
import { recorder } from "../support/recorder.ts";
import { url } from "../support/tapes.ts";

describe("text that is not secret", () => {
  it.each([
    '{"id": 12345678901234567890, "price": 1.10, "big": 1e400, "n": -0}',
    ' { "a" : [ 1 , "two" , null ] } ',
    String.raw`{"escaped":"\u00e9\/","tab":"\t"}`,
    '{"a":1,"a":2}',
    "[",
    "a text, with \"quotes\" and 'others'",
    '{"tokens": 100, "token": null, "secret": true, "password": ""}',
    "",
    '"a string"',
    '{"token":"***7"}',
    '{"token":1,"a":"plain"}',
    '[{"token":1},"plain",["plain"]]',
    "\ud800",
  ])("is written unchanged: %s", async (text) => {
    expect(await sentText(text)).toBe(text);
    const [entry] = await sent(Buffer.from(text));
    expect(utf8(entry?.bytes)).toBe(Buffer.from(text).toString());
  });

  it("keeps its digits next to a secret", async () => {
    const text = '{"id": 12345678901234567890, "token":"hush-hush", "p": 1.10, "n":1e400}';
    expect(await sentText(text)).toBe(text.replace("hush-hush", "***1"));
  });

  it("is kept after a secret", async () => {
    const text = '{"secrets":["a"],"b":"plain","credentials":{"c":["a"],"d":{}},"e":["plain",{"f":"plain"}]}';
    expect(await sentText(text)).toBe(text.replaceAll('["a"]', '["***1"]'));
  });

  it("is kept when a number in it is hidden in a query", async () => {
    const made = recorder();
    const { channel } = await made.open({ url: `${url}?limit=1000000` });
    channel.send('{"limit":1000000,"a":"\\n"}');
    expect((await made.entries()).at(-1)).toMatchObject({ text: '{"limit":1000000,"a":"\\n"}' });
  });

  it("is written unchanged in bytes that are not text", async () => {
    const bytes = Uint8Array.from({ length: 256 }, (_, index) => index);
    const [entry] = await sent(bytes);
    expect(Buffer.from(String(entry?.bytes), "base64")).toEqual(Buffer.from(bytes));
  });

  it("is hidden in a query but kept in messages", async () => {
    const made = recorder();
    const { channel } = await made.open({ url: `${url}/spot?symbol=BTCUSDT&limit=5` });
    channel.send('{"symbol":"BTCUSDT"}');
    const entries = await made.entries();
    expect(entries[0]).toMatchObject({ url: `${url}/spot?symbol=***1&limit=***2` });
    expect(entries.at(-1)).toMatchObject({ text: '{"symbol":"BTCUSDT"}' });
  });

  it.each(["wss://stream.example:9443/ws/btcusdt@kline_1m", "ws://[::1]:8080/", `${url}/a%20b?flag=&x`])(
    "is kept in a URL: %s",
    async (dialled) => {
      const made = recorder();
      await made.open({ url: dialled }).catch(() => {});
      expect((await made.entries())[0]).toMatchObject({ url: dialled.replace(/&x$/, "&x=") });
    },
  );
});

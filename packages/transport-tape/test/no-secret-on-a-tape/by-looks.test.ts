import { describe, expect, it } from "vitest";
import { sent, utf8 } from "../support/on-tape.ts";

const key = "XrPMdO2y9Kzv8Q1nLs";
const sign = "7Lk3+Zb9/Qw1Er5Ty8Ui2Op6As4Df0Gh=";
const uuid = "550e8400-e29b-41d4-a716-446655440000";

describe("text that looks random is hidden there and later", () => {
  it.each([
    ...[
      "key",
      "sign",
      "sig",
      "auth",
      "session",
      "sessionId",
      "session_id",
      "sid",
      "ticket",
      "bearer",
      "code",
    ],
    ...["listenKey", "license-key", "apiSign", "authCode", "SESSIONID"],
  ])("under the name %s", async (name) => {
    const [first, second, third] = await sent(
      JSON.stringify({ a: { [name]: key } }),
      JSON.stringify({ [name]: [{ b: uuid }] }),
      `${key} and ${uuid}`,
    );
    expect(first?.text).toBe(`{"a":{"${name}":"***1"}}`);
    expect(second?.text).toBe(`{"${name}":[{"b":"***2"}]}`);
    expect(third?.text).toBe("***1 and ***2");
  });

  it.each([
    ["Bybit", { op: "auth", args: [key, 1662350400000, sign] }],
    ["OKX", { op: "login", args: [{ apiKey: uuid, passphrase: "x", timestamp: "1538054050", sign }] }],
    [
      "Coinbase",
      { type: "subscribe", channels: ["user"], signature: sign, key, passphrase: "x", timestamp: "1" },
    ],
    ["Binance", { id: "1", method: "session.logon", params: { apiKey: key, signature: sign, timestamp: 1 } }],
    ["Bitfinex", { event: "auth", authNonce: 1, authPayload: `AUTH1`, authSig: sign, a: key }],
    ["Deribit", { method: "public/auth", params: { client: key, data: sign } }],
    ["Kraken", { method: "authenticate", more: JSON.stringify({ more: [key, sign] }) }],
    ["Alpaca", { action: "Login", x: key, y: [[sign]] }],
    ["another", { cmd: "userAuth", z: `a:${key}` }],
  ])("in a message that authenticates: %s", async (_, message) => {
    const text = JSON.stringify(message);
    const [first, second, third] = await sent(text, Buffer.from(JSON.stringify(message, null, 1)), text);
    for (const shown of [first?.text, utf8(second?.bytes), third?.text]) {
      for (const secret of [key, sign, uuid]) expect(shown).not.toContain(secret);
      expect(() => JSON.parse(String(shown))).not.toThrow();
    }
    expect(first?.text).toBe(third?.text);
  });

  it("as a name in JSON, once it is known", async () => {
    const [, second] = await sent(
      JSON.stringify({ token: key }),
      JSON.stringify({ [key]: 1, [`x ${key}`]: 2, [uuid]: 3 }),
    );
    expect(second?.text).toBe(`{"***1":1,"x ${key}":2,"${uuid}":3}`);
  });
});

describe("in URLs in messages", () => {
  it.each([
    ["a password", "redis://joe:hush-hush@cache.example:6379/0", "redis://joe:***1@cache.example:6379/0"],
    ["a password without a user", "redis://:hush@cache.example/", "redis://:***1@cache.example/"],
    ["a password with an @", "amqp://joe:hu@sh@mq.example", "amqp://joe:***1@mq.example"],
    [
      "a query value",
      "go to wss://a.example/?token=hush&x=1 now",
      "go to wss://a.example/?token=***1&x=1 now",
    ],
    ["a later query value", "/a?x=1&api_key=hush", "/a?x=1&api_key=***1"],
    ["one that looks random", `https://a.example/?x=${uuid}#y`, "https://a.example/?x=***1#y"],
    ["an encoded one", "https://a.example/?x=7Lk3%2BZb9%2FQw1Er5Ty8Ui2Op6", "https://a.example/?x=***1"],
    ["one in a fragment", "https://a.example/#access_token=hush", "https://a.example/#access_token=***1"],
  ])("%s is hidden", async (_, text, shown) => {
    const [first, second, third] = await sent(
      text,
      JSON.stringify({ a: [text] }),
      Buffer.from(`42["${text}"]`),
    );
    expect(first?.text).toBe(shown);
    expect(second?.text).toBe(JSON.stringify({ a: [shown] }));
    expect(utf8(third?.bytes)).toBe(`42["${shown}"]`);
  });

  it("a secret is known afterwards, also in decoded form", async () => {
    const [, second] = await sent(
      "a://b:hush%2Fhush@c?token=x%20y%20z-1234",
      "hush/hush, x y z-1234, hush%2Fhush",
    );
    expect(second?.text).toBe("***2, ***4, ***1");
  });
});

describe("in other protocols", () => {
  it.each([
    ["the password of Twitch's chat", "CAP REQ :a\r\nPASS oauth:abcdefgh12\r\nNICK joe", "abcdefgh12"],
    ["the passcode of STOMP", "CONNECT\nlogin:joe\npasscode:my code, 12\n\n\0", "my code, 12"],
  ])("%s is hidden", async (_, text, secret) => {
    const [first, second] = await sent(text, JSON.stringify([text]));
    expect(first?.text).toBe(text.replace(secret, "***1"));
    expect(second?.text).toBe(JSON.stringify([text.replace(secret, "***1")]));
  });

  it("PASS as an ordinary word hides nothing", async () => {
    const [entry] = await sent("PASS all of it");
    expect(entry?.text).toBe("PASS all of it");
  });
});

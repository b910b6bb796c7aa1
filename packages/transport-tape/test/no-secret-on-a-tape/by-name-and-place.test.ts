import { describe, expect, it } from "vitest";
import { sent, sentText, shown, utf8 } from "../support/on-tape.ts";
import { recorder } from "../support/recorder.ts";
import { url } from "../support/tapes.ts";

const key = "f3e1c0ffee99aa01bb02";
const jwt = "eyJhbGciOiJIUzI1NiJ9.eyJzdWIiOiIxIn0.c2lnbmF0dXJl";

describe("no tape contains the secret in", () => {
  const basic = `Basic ${Buffer.from("joe:correct horse battery").toString("base64")}`;
  it.each([
    ["a bearer token", { authorization: "Bearer plainly-secret" }, "plainly-secret"],
    ["a Basic header", { Authorization: basic }, basic.slice(6)],
    ["a Basic header's password", { Authorization: basic }, "correct horse battery"],
    ["a scheme with a dash", { authorization: "My-Scheme plainly-secret" }, "plainly-secret"],
    ["a part of credentials", { authorization: "AWS4-HMAC Credential=abcdefg, Other=1" }, "abcdefg"],
    ["quotes", { authorization: 'Token token="quoted-secret"' }, "quoted-secret"],
    ["a cookie", { cookie: "theme=dark-blue; sid=cookie-secret" }, "cookie-secret"],
    ["a cookie with = in it", { cookie: "a=b;sid=cookie=secret==" }, "cookie=secret=="],
    ["x-api-key", { "X-Api-Key": "my-own-key" }, "my-own-key"],
    ["x-auth-token", { "x-auth-token": "my-own-token" }, "my-own-token"],
    ["a header whose value looks like a key", { "x-custom": key }, key],
  ])("%s, wherever else it occurs", async (_, headers, secret) => {
    const made = recorder();
    const { channel } = await made.open({ headers });
    channel.send(JSON.stringify({ hello: secret, more: [`so ${secret}`] }));
    channel.send(`it is ${secret}`);
    channel.send(Buffer.from(`it is ${secret}`));
    channel.send(Buffer.concat([Buffer.from([0xff, 0]), Buffer.from(secret), Buffer.from([0xfe])]));
    channel.close(1000, secret);
    expect(await shown(made)).not.toContain(secret);
  });

  it.each([
    ["a query", `${url}?token=short1`, "short1"],
    ["a query under any name", `${url}?a=1&whatever=value`, "value"],
    ["a query that is nothing else", `${url}?${key}`, key],
    ["an encoded query", `${url}?token=%66ull+secret`, "full secret"],
    ["a path", `${url}/${key}/v1`, key],
    ["an encoded path", `${url}/%66${key.slice(1)}`, key],
    ["a path, a robot's", `${url}/bot12345:${key}`, key],
    ["a JWT in a path", `${url}/${jwt}`, jwt],
  ])("%s", async (_, dialled, secret) => {
    const made = recorder();
    const { channel } = await made.open({ url: dialled });
    if (secret.length >= 8 && !dialled.includes("whatever")) channel.send(`it is ${secret}`);
    expect(await shown(made)).not.toContain(secret);
  });

  it("a subprotocol, offered and accepted", async () => {
    const protocol = `base64url.bearer.${key}`;
    const made = recorder({}, { protocol });
    await made.open({ protocols: ["v1.json", protocol] });
    expect(await shown(made)).not.toContain(key);
    expect((await made.entries())[0]).toMatchObject({ protocols: ["v1.json", "***1"] });
    expect((await made.entries())[1]).toMatchObject({ protocol: "***1" });
  });

  const hidden = "hush-hush";
  it.each([
    ["a field", { password: hidden }],
    ["a field with a longer name", { accessToken: hidden }],
    ["a field in snakes", { refresh_token: hidden }],
    ["a field in capitals", { "API-KEY": hidden }],
    ["a field deep down", { a: [{ b: { c: [[{ client_secret: hidden }]] } }] }],
    ["a list under a secret name", { secrets: ["x", hidden] }],
    ["an object under a secret name", { credentials: { one: { two: hidden } } }],
    ["JSON within JSON", { data: JSON.stringify({ more: JSON.stringify({ pwd: hidden }) }) }],
    ["an object with __proto__", JSON.parse(`{"__proto__":{"token":"${hidden}"}}`)],
    ["a list under a name in the plural", { passwords: [hidden], tokens: { a: hidden } }],
    ["a pin", { pin: hidden, userPin: hidden, otp: hidden, totp: hidden, psk: hidden }],
    ["a key for authentication", { auth_key: hidden, sessionKey: hidden, authSig: hidden, AUTHKEY: hidden }],
  ])("%s of JSON", async (_, message) => {
    const text = JSON.stringify(message);
    const [first, second] = await sent(text, Buffer.from(text));
    expect(first?.text).not.toContain(hidden);
    expect(utf8(second?.bytes)).not.toContain(hidden);
    expect(() => JSON.parse(String(first?.text))).not.toThrow();
  });

  it.each([
    ["an escape in the value", String.raw`{"token":"\u0068ush-hush"}`],
    ["an escape in the name", String.raw`{"t\u006fken":"hush-hush"}`],
    ["its secret elsewhere before it is known", `{"echo":"<hush-hush>","token":"hush-hush"}`],
    ["its secret elsewhere, in JSON within JSON", `["hush-hush",${JSON.stringify('{"token":"hush-hush"}')}]`],
    ["a name twice", `{"token":"hush-hush","token":"x"}`],
    ["JSON that is cut short", `{"token":"hush-hush","x":`],
    ["JSON after a number, as Socket.IO has it", `42["login",{"token":"hush-hush"}]`],
    ["several documents", `{"a":1}\n{"token" : "hush-hush"}\n`],
  ])("a message with %s", async (_, message) => {
    const made = recorder();
    const { channel } = await made.open();
    channel.send(message);
    channel.send("is it hush-hush?");
    channel.send(String.raw`["\u0068\u0075\u0073\u0068-hush"]`);
    expect(await shown(made)).not.toMatch(/hush-hush|ush-hush|0068/);
  });

  it.each([
    ["a JWT", `my token is ${jwt}.`, "eyJhbGci"],
    ["a JWT in JSON", JSON.stringify(["auth", jwt]), "eyJhbGci"],
    ["a bearer header in text", "authorization: Bearer abcdefgh", "abcdefgh"],
    ["a Basic header in JSON", JSON.stringify({ h: "Basic am9lOnNlY3JldA==" }), "am9lOnNlY3JldA"],
  ])("%s, by its looks", async (_, message, secret) => {
    const made = recorder();
    const { channel } = await made.open();
    channel.send(message);
    channel.close(1000, message);
    expect(await shown(made)).not.toContain(secret);
  });

  it("the credentials after an authentication scheme, also below a secret name", async () => {
    const [first, second] = await sent('{"Authorization":"Bearer my-own-bearer-1"}', "is my-own-bearer-1");
    expect([first?.text, second?.text]).toEqual(['{"Authorization":"***1"}', "is ***2"]);
  });

  it("and words that merely follow such a scheme are kept", async () => {
    const made = recorder();
    const { channel } = await made.open();
    channel.send("Basic concepts, then concepts again");
    expect(await shown(made)).toContain("Basic concepts, then concepts again");
  });

  it("a token that a server sends and a client sends back elsewhere", async () => {
    const made = recorder();
    const user = await made.open();
    made.peer().send(JSON.stringify({ session: { token: "handed-out-1" } }));
    await made.clock.advance(0);
    expect(user.messages).toEqual([JSON.stringify({ session: { token: "handed-out-1" } })]);
    user.channel.send(JSON.stringify({ op: "resume", with: "id:handed-out-1" }));
    user.channel.send("resume handed-out-1");
    user.channel.close(1000, "bye handed-out-1");
    await made.clock.advance(0);
    const next = { url: `${url}/handed-out-1?a=handed-out-1`, protocols: ["handed-out-1"] };
    await made.open(next).catch(() => {});
    expect(await shown(made)).not.toContain("handed-out");
    const entries = await made.entries();
    expect(entries.slice(2, 6)).toMatchObject([
      { text: '{"session":{"token":"***1"}}' },
      { text: '{"op":"resume","with":"id:***1"}' },
      { text: "resume ***1" },
      { reason: "bye ***1" },
    ]);
    expect(entries.at(7)).toMatchObject({ url: `${url}/***1?a=***1`, protocols: ["***1"] });
  });

  it("a key under a secret name, wherever else it occurs; any other value, only there", async () => {
    const message = JSON.stringify({ credentials: { type: "password", value: key } });
    const [first, second] = await sent(message, `password ${key}`);
    expect(first?.text).toBe('{"credentials":{"type":"***1","value":"***2"}}');
    expect(second?.text).toBe("password ***2");
  });

  it("a secret that contains another or is contained in one", async () => {
    const made = recorder();
    const { channel } = await made.open();
    channel.send(JSON.stringify({ token: "secret-a" }));
    channel.send(JSON.stringify({ token: "secret-a-and-b" }));
    channel.send("secret-a-and-b, secret-a");
    expect((await made.entries()).at(-1)).toMatchObject({ text: "***2, ***1" });
  });

  it("JSON that is 200 000 levels deep", async () => {
    const deep = `${"[".repeat(200_000)}{"token":"hush-hush"}${"]".repeat(200_000)}`;
    expect(await sentText(deep)).not.toContain("hush-hush");
    expect(await sentText(`{"token":${deep}`)).not.toContain("hush-hush");
  });

  it("the thousandth and the ten thousandth message", async () => {
    const made = recorder();
    const { channel } = await made.open();
    for (let count = 0; count < 3_000; count += 1) channel.send(JSON.stringify({ token: `hush-${count}` }));
    expect(await shown(made)).not.toContain("hush");
    expect((await made.entries()).at(-1)).toMatchObject({ text: '{"token":"***"}' });
  });
});

describe("more values than are remembered", () => {
  it("are still hidden in place, and secrets among them everywhere", async () => {
    const made = recorder();
    const { channel } = await made.open();
    for (let count = 0; count < 2_100; count += 1) await made.open({ url: `${url}?nonce=nonce-${count}` });
    channel.send('{"token":"hush-hush"}');
    channel.send("hush-hush");
    expect(await shown(made)).not.toMatch(/nonce-|hush/);
  });
});

describe("a secret", () => {
  it("has the same placeholder wherever it occurs on a tape, and one of its own", async () => {
    const messages = await sent(
      '{"token":"secret-a"}',
      '{"token":"secret-b","password":"secret-a"}',
      "secret-b secret-a",
      '{"token":"x"}',
      '{"token":"x","y":"x"}',
    );
    expect(messages.map(({ text }) => text)).toEqual([
      '{"token":"***1"}',
      '{"token":"***2","password":"***1"}',
      "***2 ***1",
      '{"token":"***3"}',
      '{"token":"***3","y":"x"}',
    ]);
  });

  it("that only the caller knows is removed by redact, everywhere", async () => {
    const redact = (text: string): string => text.replaceAll("ACME", "***");
    const made = recorder({ redact }, { protocol: "ACME.v1" });
    const { channel } = await made.open({ url: `${url}/ACME`, protocols: ["ACME.v1"] });
    channel.send("for ACME");
    channel.send(Buffer.from("for ACME"));
    channel.close(1000, "ACME");
    await made.clock.advance(0);
    expect(await shown(made)).not.toContain("ACME");
    expect((await made.entries())[0]).toMatchObject({ url: `${url}/***`, protocols: ["***.v1"] });
  });

  it("is replaced before redact is called", async () => {
    const texts: string[] = [];
    const made = recorder({
      redact(text) {
        texts.push(text);
        return text;
      },
    });
    const { channel } = await made.open({ url: `${url}?token=hush-hush` });
    channel.send('{"token":"hush-hush"}');
    expect(texts.join()).not.toContain("hush-hush");
    expect(texts).toContain('{"token":"***1"}');
  });

  it("leaves a valid URL when redact breaks it", async () => {
    const made = recorder({ redact: () => "no URL" });
    await made.open();
    expect((await made.entries())[0]).toMatchObject({ url: "ws://***/" });
  });
});

import { describe, expect, it } from "vitest";
import { Dice } from "../support/dice.ts";
import { recorder } from "../support/recorder.ts";
import { textOf } from "../support/tapes.ts";

const runs = 300;

/** JSON with a secret under a secret name somewhere in it, and anything else around. */
function withSecret(dice: Dice, secret: string, depth = 0): unknown {
  const name = dice.oneOf("token", "accessToken", "PASSWORD", "client_secret", "apiKey", "Authorization");
  const inner = depth > 4 || dice.below(3) === 0 ? { [name]: secret } : withSecret(dice, secret, depth + 1);
  const how = dice.below(4);
  if (how === 0) return [dice.json(3), inner, dice.json(3)];
  if (how === 1) return { [dice.name()]: dice.json(3), inner, after: dice.json(3) };
  if (how === 2) return { data: JSON.stringify(inner) };
  return inner;
}

/** The same JSON, with some letters of its strings written as escapes. */
function escaped(dice: Dice, json: string): string {
  return json.replaceAll(/(?<!\\)[c-z]/g, (letter) => {
    const isInString = dice.below(3) === 0 && !/true|false|null/.test(json);
    return isInString ? `\\u${letter.charCodeAt(0).toString(16).padStart(4, "0")}` : letter;
  });
}

describe("in random messages", () => {
  it("a secret in JSON never reaches the tape, there or later", async () => {
    for (let seed = 0; seed < runs; seed += 1) {
      const dice = new Dice(seed);
      const secret = `hush-${dice.oneOf("ü€", "hush", 'quo"te', "back\\slash", "***", "x:y,z")}-${seed}-end`;
      const made = recorder();
      const { channel } = await made.open();
      const json = JSON.stringify(withSecret(dice, secret));
      const message = dice.oneOf(json, escaped(dice, json), `42${json}`, `${json}\n${json}`);
      channel.send(dice.oneOf<string | Uint8Array>(message, Buffer.from(message)));
      channel.send(
        JSON.stringify([secret, { a: `<${secret}>` }, { more: JSON.stringify({ secret: [secret] }) }]),
      );
      channel.send(`${dice.text()}${secret}${dice.text()}`);
      channel.send(Buffer.concat([Buffer.from([255]), Buffer.from(secret), dice.bytes()]));
      channel.close(1000, secret);
      const entries = await made.entries();
      const decoded = entries.flatMap(({ text, bytes, reason }) => [
        String(text),
        String(reason),
        Buffer.from(String(bytes ?? ""), "base64").toString(),
      ]);
      const tape = `${textOf(made.tape)}\n${decoded.join("\n")}`.replaceAll(/\\+/g, "\\");
      expect(tape, `seed ${seed}: ${message}`).not.toContain(`-${seed}-end`);
      expect(tape, `seed ${seed}: ${message}`).not.toContain(secret);
    }
  });

  it("JSON stays the same JSON apart from its secrets", async () => {
    for (let seed = 0; seed < runs; seed += 1) {
      const dice = new Dice(seed);
      const made = recorder();
      const { channel } = await made.open();
      channel.send('{"token":"hush-hush","pin":"1234567","secret":"a"}');
      const value = [dice.json(), "hush-hush", { token: "hush-hush", a: dice.json() }];
      channel.send(JSON.stringify(value));
      const text = String((await made.entries()).at(-1)?.text);
      expect(text).toBe(JSON.stringify(value).replaceAll("hush-hush", "***1"));
    }
  });

  it("a message without a secret is written unchanged", async () => {
    const made = recorder({ maxBytes: 100_000_000 });
    const { channel } = await made.open();
    const said: (string | Uint8Array)[] = [];
    for (let seed = 0; seed < runs; seed += 1) {
      const dice = new Dice(seed);
      said.push(
        dice.oneOf<string | Uint8Array>(dice.text(40), dice.bytes(40), JSON.stringify(dice.json(), null, 1)),
      );
    }
    for (const message of said) channel.send(message);
    const written = (await made.entries())
      .slice(2)
      .map(({ text, bytes }) => text ?? new Uint8Array(Buffer.from(String(bytes), "base64")));
    expect(written).toEqual(said);
  });
});

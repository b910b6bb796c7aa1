import { describe, expect, it } from "vitest";
import { looksRandom } from "../../src/redaction/detect-secrets.ts";
import { Redactor } from "../../src/redaction/redactor.ts";
import { Dice } from "../support/dice.ts";

const ordinary = `
  actioncable-v1-json actioncable-unsupported v4.channel.k8s.io base64.binary.k8s.io openai-beta.realtime-v1
  gpt-4o-realtime-preview-2024-12-17 gpt-4o-mini-transcribe claude-3-5-sonnet-20241022 Llama-3-70B-Instruct-Turbo-v2
  mixtral-8x7b-instruct-v0.1 whisper-large-v3-turbo eleven_multilingual_v2 gemini-2.0-flash-live-001
  google.ai.generativelanguage.v1beta.GenerativeService.BidiGenerateContent graphql-transport-ws graphql-ws
  v12.stomp wamp.2.msgpack.batched ocpp2.0.1 mqttv3.1 json.reliable.webpubsub.azure.v1 protobuf.webpubsub.azure.v1
  com.example.notifications.v2 aws.amazon.com 2024-12-17T12:00:00.123Z 1734436800000 BTC-USDT-SWAP btcusdt
  btcusdt@depth20@100ms ETH-29MAR24-3500-C client_credentials public/subscribe session.logon application/json
  getUserByIdOrName SetSessionDescriptionRequest XMLHttpRequestURLParser user-preferences-v2 wss://stream.example.com:9443/ws
`;

const random = `
  550e8400-e29b-41d4-a716-446655440000 00000000-0000-4000-8000-000000000000 9aa3d95b3bc440fa88ea12eaa4456161
  Xy9_Kq2-vLmP8rTz4WnB7cDf1GhJ3kQs base64url.bearer.authorization.k8s.io.ZXlKaGJHY2lPaUpTVXpJMU5pSXNJbXRwWkNJNklpSjk
  AKIAIOSFODNN7EXAMPLE wJalrXUtnFEMI/K7MDENG/bPxRfiCYEXAMPLEKEY sk_live_4eC39HqLyjWDarjtT1zdp7dc 01ARZ3NDEKTSV4RRFFQ69G5FAV
  ghp_16C7e42F292c6912E7710c838347Ae178B4a xoxb-123456789012-123456789012-abcdefABCDEF1234567890ab
  123456:ABC-DEF1234ghIkl-zyx57W2v1u123ew11 MTk4NjIyNDgzNDcxOTI1MjQ4.Cl2FMQ.ZnCjm1XVW7vRze4b7Cq4se7kKWs
  qGvRbTzLmXpWdKsH AIzaSyDaGmWKa4JsXZ-HjGw7ISLn_3namBGewQe MWVkNTY0YzMtZjU5Yi00MjM5LTkwZTEtMWQ2YzM4ZjQ5ZGZh
  Vm5k+9xQ/aB3=Lk2Zs8Yw1Rt4Mn6Pq7Xc0De5Fg==
`;

const words = (table: string): string[] => table.trim().split(/\s+/);

describe("text that looks random", () => {
  it.each(words(ordinary))("is not %s", (text) => {
    expect(looksRandom(text)).toBe(false);
  });

  it.each(words(random))("is %s", (text) => {
    expect(looksRandom(text)).toBe(true);
  });

  it.each([
    ["hexadecimal", "0123456789abcdef", 16],
    ["base64", "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/", 32],
    ["base64url", "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_", 32],
    ["base32", "ABCDEFGHIJKLMNOPQRSTUVWXYZ234567", 26],
  ])("includes nearly every key in %s", (_, letters, length) => {
    const dice = new Dice(1);
    const keys = dice.times(2_000, () =>
      dice.times(length, () => letters[dice.below(letters.length)]).join(""),
    );
    expect(keys.filter((key) => !looksRandom(key)).length).toBeLessThan(20);
  });
});

describe("a text of a mebibyte is scanned quickly, when it is", () => {
  const again = (piece: string, length: number): string => piece.repeat(Math.ceil(length / piece.length));
  const timeOf = (message: string): number => {
    const before = process.cpuUsage().user;
    new Redactor().message(message);
    return process.cpuUsage().user - before;
  };

  it.each([
    ...[
      "eyJaaaaaaaa-",
      "eyJaaaaaaaa.",
      "eyJaaaaaaaa.a",
      "eyJ",
      "Bearer ",
      "Bearer a",
      "Basic ",
      "Basic a",
      "PASS oauth:",
    ],
    ...[
      "\npasscode:",
      "://",
      "://a:",
      "://a:b",
      "a:",
      ":a@",
      "?",
      "?a",
      "?a=",
      "?a=b&",
      "&a%",
      "?token=a",
      "?a.",
      "#",
      "@",
    ],
    ...[
      ".",
      "-",
      "_",
      "a-",
      "aB",
      "aB1-",
      "!",
      "!!a",
      " ",
      "a b ",
      "é",
      "😀",
      "\ud800",
      "1",
      "1.",
      "secrets",
      "aPIN",
    ],
    ...[
      '"',
      '"op"',
      '"op":',
      '"op":"a',
      '"op" ',
      '"type":"auth',
      '"token":',
      '["',
      '{"a":',
      "\\",
      '\\"',
      "[1,",
      "\n",
      "{",
    ],
  ])("%j repeated", (piece) => {
    expect(timeOf(again(piece, 256 * 1024))).toBeLessThan(900_000);
    const text = again(piece, 32 * 1024);
    const url = `a://b:${text}?token=${text}&x=${text}`;
    expect(timeOf(JSON.stringify({ op: "auth", key: text, secret: text, [text]: 1, url }))).toBeLessThan(
      900_000,
    );
    expect(timeOf(`eyJaaaaaaaa${text}`) + timeOf(`://a:${text}`) + timeOf(`"op" ${text}`)).toBeLessThan(
      900_000,
    );
  });
});

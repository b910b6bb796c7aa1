import type { Channel, ChannelClose, IncomingMessage, OpenRequest } from "@outsock/core";
import { expect, test } from "vitest";
import { nativeTransport } from "../src/index.ts";
import { utf8Length } from "../src/native-channel.ts";
import { StandardWebSocket } from "./support/standard-web-socket.ts";

const transport = nativeTransport({ WebSocket: StandardWebSocket });

function startOpening(overrides: Partial<OpenRequest> = {}) {
  const messages: IncomingMessage[] = [];
  const closes: ChannelClose[] = [];
  const events = {
    message: (message: IncomingMessage) => void messages.push(message),
    close: (close: ChannelClose) => void closes.push(close),
    pong() {},
    drain() {},
  };
  const { signal } = new AbortController();
  const request = { url: "wss://a.example/", protocols: [], headers: {}, maxMessageBytes: 10, signal };
  StandardWebSocket.made.length = 0;
  const opening = transport.open({ ...request, ...overrides }, events);
  return { opening, messages, closes, webSocket: StandardWebSocket.made[0] };
}

interface Opened {
  readonly channel: Channel;
  readonly webSocket: StandardWebSocket;
  readonly messages: IncomingMessage[];
  readonly closes: ChannelClose[];
}

async function open(): Promise<Opened> {
  const { opening, webSocket, messages, closes } = startOpening();
  if (!webSocket) throw new Error("no WebSocket was made");
  webSocket.beOpen();
  return { channel: await opening, webSocket, messages, closes };
}

test("a standard constructor has no headers and no terminate, and the capabilities say so", () => {
  expect(transport.capabilities).toMatchObject({ name: "native", headers: false, terminate: false });
});

test("a standard constructor is given the subprotocols as the standard has it", () => {
  expect(startOpening({ protocols: ["one", "two"] }).webSocket?.protocols).toEqual(["one", "two"]);
});

test("request headers are refused rather than left out", async () => {
  const { opening, webSocket } = startOpening({ headers: { Authorization: "Bearer secret" } });
  await expect(opening).rejects.toMatchObject({ code: "CONNECT_FAILED" });
  expect(webSocket).toBeUndefined();
});

test("a request whose address has to be checked is refused, as the address is not known", async () => {
  const { opening, webSocket } = startOpening({ allowAddress: () => true });
  await expect(opening).rejects.toMatchObject({ code: "URL_FORBIDDEN" });
  expect(webSocket).toBeUndefined();
});

test("aborting gives the WebSocket up: ABORTED at once, and no event whatever it does later", async () => {
  const controller = new AbortController();
  const { opening, webSocket, closes } = startOpening({ signal: controller.signal });
  controller.abort();
  await expect(opening).rejects.toMatchObject({ code: "ABORTED" });
  expect(webSocket?.closes).toHaveLength(1);
  webSocket?.beOpen();
  webSocket?.beClosed(1006);
  expect(closes).toEqual([]);
});

test("terminate gives the channel up: 1006 once, and nothing whatever the WebSocket does later", async () => {
  const { channel, webSocket, messages, closes } = await open();
  channel.terminate();
  webSocket.receive("late");
  await Promise.resolve();
  webSocket.beClosed(1000);
  channel.terminate();
  await Promise.resolve();
  expect(messages).toEqual([]);
  expect(closes).toEqual([{ code: 1006, reason: "", clean: false }]);
  expect(webSocket.closes).toHaveLength(1);
  expect(() => channel.send("late")).toThrow(expect.objectContaining({ code: "CONNECTION_CLOSED" }));
});

test("a message over the limit ends the channel, and nothing after it is delivered", async () => {
  const { webSocket, messages, closes } = await open();
  webSocket.receive("ü".repeat(5));
  webSocket.receive("ü".repeat(6));
  webSocket.receive("after");
  webSocket.beClosed(1000);
  expect(messages.map(({ byteLength }) => byteLength)).toEqual([10]);
  expect(closes).toMatchObject([{ code: 1006, clean: false, error: { code: "MESSAGE_TOO_BIG" } }]);
  expect(webSocket.closes).toHaveLength(1);
});

test("a code that the standard does not let callers send closes without one", async () => {
  for (const [code, sent] of [
    [1000, 1000],
    [1001, undefined],
    [1011, undefined],
    [3000, 3000],
    [4999, 4999],
    [5000, undefined],
  ] as const) {
    const { channel, webSocket } = await open();
    channel.close(code, "why");
    expect(webSocket.closes).toEqual([[sent, sent === undefined ? undefined : "why"]]);
  }
});

test("send throws once closing, where the standard's send says nothing", async () => {
  const { channel, webSocket } = await open();
  channel.send("one");
  webSocket.readyState = 2;
  expect(() => channel.send("two")).toThrow(expect.objectContaining({ code: "CONNECTION_CLOSED" }));
  expect(webSocket.sent).toEqual(["one"]);
});

test("bytes in shared memory, which browsers refuse, are copied", async () => {
  const { channel, webSocket } = await open();
  const shared = new Uint8Array(new SharedArrayBuffer(3)).fill(7);
  channel.send(shared);
  expect(webSocket.sent).toEqual([Uint8Array.of(7, 7, 7)]);
  expect(webSocket.sent[0]).toHaveProperty("buffer", expect.any(ArrayBuffer));
});

test("an extension that the platform itself has offered is no failure", async () => {
  const { webSocket } = await open();
  expect(webSocket.extensions).toBe("permessage-deflate");
});

test("the length in UTF-8 is that of the encoded text", () => {
  const borders = [0, 0x7f, 0x80, 0x7ff, 0x800, 0xd7ff, 0xe000, 0xffff, 0x10000, 0x10ffff];
  for (const text of ["", "plain", "grüße", "世界", "🎈a🎈", String.fromCodePoint(...borders)]) {
    expect(utf8Length(text)).toBe(new TextEncoder().encode(text).byteLength);
  }
});

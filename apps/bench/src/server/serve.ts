import { createHash } from "node:crypto";
import { createServer, type IncomingMessage, type RequestListener } from "node:http";
import { createServer as createTlsServer } from "node:https";
import type { AddressInfo } from "node:net";
import type { Duplex } from "node:stream";
import { trustedPair } from "@outsock/transport-contract/node-peer";
import { type ClientFrame, ClientFrames } from "./client-frames.ts";
import { Replies } from "./replies.ts";

/** How the server reacts to a message. */
export type Behaviour = (message: ClientFrame, replies: Replies) => void;

const text = 1;

/** The messages of a flood: 100 bytes of JSON. */
const floodMessage = Buffer.from(JSON.stringify({ id: 7, price: 101.25, note: "x".repeat(64) }));

/** By the path that a client requests. */
export const behaviours: Readonly<Record<string, Behaviour>> = {
  /** Echoes every message. */
  "/echo": (message, replies) => replies.echo(text, message),
  /** Discards messages, but echoes a short one, which tells the client that all before it have arrived. */
  "/sink": (message, replies) => {
    if (message.byteLength <= 8) replies.echo(text, message);
  },
  /** Answers a number with that many messages. */
  "/flood": (message, replies) => {
    for (let left = Number(message.text()); left > 0; left -= 1) replies.frame(text, floodMessage);
  },
  /** Answers a JSON-RPC 2.0 call without parsing it. */
  "/rpc": (message, replies) => {
    const [, id = "null"] = /"id":("[^"]*"|\d+)/.exec(message.text()) ?? [];
    replies.frame(text, Buffer.from(`{"jsonrpc":"2.0","result":{"note":"${"x".repeat(64)}"},"id":${id}}`));
  },
};

/** The server of the measured clients, in its own process so that it can have its own core. */
const refuse: RequestListener = (_request, response) => response.writeHead(426).end();
const plain = createServer(refuse).on("upgrade", accept);
const secure = createTlsServer({ ...trustedPair }, refuse).on("upgrade", accept);

for (const server of [plain, secure]) {
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", 4_096, () => resolve()));
}
process.send?.({ ws: `ws://127.0.0.1:${portOf(plain)}`, wss: `wss://127.0.0.1:${portOf(secure)}` });
process.once("disconnect", () => process.exit());
poll();

/** Polls instead of waiting for the network: waking a sleeping process takes longer than much of what is measured. */
function poll(): void {
  setImmediate(poll);
}

function accept(request: IncomingMessage, socket: Duplex): void {
  const behaviour = behaviours[request.url ?? ""];
  if (behaviour === undefined) {
    socket.end("HTTP/1.1 404 Not Found\r\n\r\n");
    return;
  }
  const key = `${request.headers["sec-websocket-key"]}258EAFA5-E914-47DA-95CA-C5AB0DC85B11`;
  const answer = createHash("sha1").update(key).digest("base64");
  socket.write(
    `HTTP/1.1 101 Switching Protocols\r\nUpgrade: websocket\r\nConnection: Upgrade\r\nSec-WebSocket-Accept: ${answer}\r\n\r\n`,
  );
  socket.on("error", () => socket.destroy());
  serve(socket, behaviour);
}

/** Shared by all connections, because it is empty between two chunks. */
const replies = new Replies();

function serve(socket: Duplex, behaviour: Behaviour): void {
  const frames = new ClientFrames();
  let closed = false;
  socket.on("data", (chunk: Buffer) => {
    frames.read(chunk, (frame) => {
      if (frame.opcode === 8) closed = true;
      if (frame.opcode === 8) replies.echo(8, frame);
      else if (frame.opcode === 9) replies.echo(10, frame);
      else if (frame.opcode < 3) behaviour(frame, replies);
    });
    const all = replies.take();
    if (all !== undefined) socket.write(all);
    if (closed) socket.end();
  });
}

function portOf(server: { address(): AddressInfo | string | null }): number {
  const address = server.address();
  if (address === null || typeof address === "string") throw new Error("the server has no port");
  return address.port;
}

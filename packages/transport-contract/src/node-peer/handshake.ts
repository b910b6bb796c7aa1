import { createHash } from "node:crypto";
import { STATUS_CODES } from "node:http";
import type { Socket } from "node:net";
import { encodeMessage } from "../frame-writer.ts";
import type { PeerRequest, PeerScript } from "../peer.ts";

/** A request, and the bytes after it. */
export interface ReadRequest {
  readonly request: PeerRequest;
  readonly rest: Buffer;
}

/** Reads the head of an opening handshake; `undefined` until it is complete. */
export function readRequest(bytes: Buffer): ReadRequest | undefined {
  const end = bytes.indexOf("\r\n\r\n");
  if (end < 0) return undefined;
  const [requestLine = "", ...lines] = bytes.subarray(0, end).toString("latin1").split("\r\n");
  const headers = Object.fromEntries(lines.map(parseHeader));
  const protocols = headers["sec-websocket-protocol"]?.split(",").map((name) => name.trim()) ?? [];
  const target = requestLine.split(" ")[1] ?? "";
  return { request: { target, headers, protocols }, rest: bytes.subarray(end + 4) };
}

function parseHeader(line: string): [string, string] {
  const colon = line.indexOf(":");
  return [line.slice(0, colon).toLowerCase(), line.slice(colon + 1).trim()];
}

/** Answers the opening handshake as the script says. */
export function answerHandshake(socket: Socket, request: PeerRequest, script: PeerScript): void {
  const handshake = script.handshake ?? { type: "accept" };
  switch (handshake.type) {
    case "accept": {
      const { protocol = null } = handshake;
      const head = acceptAnswer(request, { "Sec-WebSocket-Protocol": protocol });
      const greeting = (script.greeting ?? []).map(encodeMessage);
      socket.write(Buffer.concat([Buffer.from(head), ...greeting]));
      return;
    }
    case "spoilt":
      socket.write(acceptAnswer(request, handshake.headers));
      return;
    case "reject":
      socket.end(rejectAnswer(handshake.status, handshake.headers));
      return;
    case "raw":
      socket.write(handshake.text);
      return;
    case "hang-up":
      if (handshake.how === "end") socket.end();
      else socket.resetAndDestroy();
      return;
    case "stall":
  }
}

/** The 101 of RFC 6455 section 4.2.2. Headers in `changes` replace the usual ones; `null` leaves one out. */
function acceptAnswer(request: PeerRequest, changes: Readonly<Record<string, string | null>> = {}): string {
  const usual = {
    Upgrade: "websocket",
    Connection: "Upgrade",
    "Sec-WebSocket-Accept": acceptKey(request.headers["sec-websocket-key"] ?? ""),
  };
  return answer(101, { ...usual, ...changes });
}

/** An HTTP answer with a short body. */
function rejectAnswer(status: number, headers: Readonly<Record<string, string>> = {}): string {
  const body = "no";
  return answer(status, { "Content-Length": String(body.length), Connection: "close", ...headers }) + body;
}

function acceptKey(key: string): string {
  return createHash("sha1").update(`${key}258EAFA5-E914-47DA-95CA-C5AB0DC85B11`).digest("base64");
}

function answer(status: number, headers: Readonly<Record<string, string | null>>): string {
  const lines = Object.entries(headers).flatMap(([name, value]) =>
    value === null ? [] : [`${name}: ${value}`],
  );
  return [`HTTP/1.1 ${status} ${STATUS_CODES[status] ?? "Unknown"}`, ...lines, "", ""].join("\r\n");
}

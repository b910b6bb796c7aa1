import { createHash } from "node:crypto";
import { STATUS_CODES } from "node:http";
import type { PeerRequest } from "../peer.ts";

/** The 101 of RFC 6455 section 4.2.2. Headers in `changes` replace the usual ones; `null` leaves one out. */
export function acceptAnswer(
  request: PeerRequest,
  changes: Readonly<Record<string, string | null>> = {},
): string {
  const usual = {
    Upgrade: "websocket",
    Connection: "Upgrade",
    "Sec-WebSocket-Accept": acceptKey(request.headers["sec-websocket-key"] ?? ""),
  };
  return answer(101, { ...usual, ...changes });
}

/** An HTTP answer with a short body. */
export function rejectAnswer(status: number, headers: Readonly<Record<string, string>> = {}): string {
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

import type { PeerRequest } from "../peer.ts";

/** A request as far as it has come, and the bytes after it. */
export interface ReadRequest {
  readonly request: PeerRequest;
  readonly rest: Buffer;
}

/** Reads the head of an opening handshake; `undefined` until it is there whole. */
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

/** What the two ends of a connection exchange. */
export type Frame =
  | { readonly type: "message"; readonly message: string | Uint8Array; readonly byteLength: number }
  | { readonly type: "ping" | "pong"; readonly payload: Uint8Array }
  | { readonly type: "close"; readonly code: number; readonly reason: string }
  /** The sending end has left. */
  | { readonly type: "end" };

const utf8 = new TextEncoder();

/** Bytes are copied, so that the caller may reuse them. */
export function messageFrame(message: string | Uint8Array): Frame {
  if (typeof message === "string")
    return { type: "message", message, byteLength: utf8.encode(message).length };
  return { type: "message", message: new Uint8Array(message), byteLength: message.byteLength };
}

export function closeFrame(code?: number, reason?: string): Frame {
  if (code === undefined) return { type: "close", code: 1005, reason: "" };
  return { type: "close", code, reason: reason ?? "" };
}

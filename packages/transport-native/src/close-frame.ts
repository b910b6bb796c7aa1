const FINAL_CLOSE = 0x88;
const MASKED = 0x80;
const HEADER_BYTES = 6;
const LARGEST_PAYLOAD = 125;
const encoder = new TextEncoder();

function payloadOf(code: number | undefined, reason: string): number[] {
  return code === undefined ? [] : [code >> 8, code & 0xff, ...encoder.encode(reason)];
}

/** A masked Close frame (RFC 6455 5.5.1), empty without a code. Throws RangeError where the reason is too long. */
export function encodeClose(code: number | undefined, reason: string): Uint8Array {
  const payload = payloadOf(code, reason);
  if (payload.length > LARGEST_PAYLOAD) throw new RangeError("a close reason has at most 123 bytes");
  const mask = crypto.getRandomValues(new Uint8Array(4));
  const frame = new Uint8Array(HEADER_BYTES + payload.length);
  frame.set([FINAL_CLOSE, MASKED | payload.length, ...mask]);
  frame.set(
    payload.map((byte, index) => byte ^ (mask[index % 4] ?? 0)),
    HEADER_BYTES,
  );
  return frame;
}

export function isClose(frame: Uint8Array): boolean {
  return frame[0] === FINAL_CLOSE;
}

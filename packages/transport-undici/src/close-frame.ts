import { randomBytes } from "node:crypto";

const FINAL_CLOSE = 0x88;
const MASKED = 0x80;
const LARGEST_PAYLOAD = 125;

/** A masked Close frame (RFC 6455 5.5.1), empty without a code. Throws RangeError where the reason is too long. */
export function encodeClose(code: number | undefined, reason: string): Uint8Array {
  const payload = code === undefined ? Buffer.alloc(0) : Buffer.from(`\0\0${reason}`);
  if (payload.byteLength > LARGEST_PAYLOAD) throw new RangeError("a close reason has at most 123 bytes");
  if (code !== undefined) payload.writeUInt16BE(code);
  const mask = randomBytes(4);
  const masked = payload.map((byte, index) => byte ^ (mask[index % 4] ?? 0));
  return Buffer.concat([Buffer.of(FINAL_CLOSE, MASKED | payload.byteLength), mask, masked]);
}

/** The code of a masked Close frame that is one whole chunk; 1005 where it has none; undefined for other chunks. */
export function closeCodeOf(chunk: Uint8Array): number | undefined {
  const [opcode, length = 0, mask0 = 0, mask1 = 0, , , high = 0, low = 0] = chunk;
  if (opcode !== FINAL_CLOSE) return undefined;
  return (length & ~MASKED) < 2 ? 1005 : ((high ^ mask0) << 8) | (low ^ mask1);
}

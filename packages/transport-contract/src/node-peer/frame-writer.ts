/** Opcodes of RFC 6455 section 5.2. */
export const opcodes = {
  continuation: 0x0,
  text: 0x1,
  binary: 0x2,
  close: 0x8,
  ping: 0x9,
  pong: 0xa,
} as const;

/** The parts of a frame that a well-behaved server never touches. */
export interface FrameOptions {
  /** Default: true. */
  readonly fin?: boolean;
  /** The three reserved bits, 1 to 7. Default: 0. */
  readonly reserved?: number;
  /** Masks the payload, which a server must not do. Default: false. */
  readonly masked?: boolean;
  /** The length that the frame announces. Default: the payload's. */
  readonly announcedLength?: number;
}

/** One frame of a server, RFC 6455 section 5.2. It can be wrong in every way that the options allow. */
export function encodeFrame(opcode: number, payload: Uint8Array, options: FrameOptions = {}): Uint8Array {
  const { fin = true, reserved = 0, masked = false } = options;
  const first = (fin ? 0x80 : 0) | (reserved << 4) | opcode;
  const length = encodeLength(options.announcedLength ?? payload.byteLength);
  if (!masked) return Buffer.concat([Buffer.of(first), length, payload]);
  length[0] = (length[0] ?? 0) | 0x80;
  const zeroKey = Buffer.alloc(4);
  return Buffer.concat([Buffer.of(first), length, zeroKey, payload]);
}

function encodeLength(length: number): Buffer {
  if (length < 126) return Buffer.of(length);
  if (length < 65_536) return Buffer.of(126, length >> 8, length & 0xff);
  const bytes = Buffer.alloc(9);
  bytes[0] = 127;
  bytes.writeBigUInt64BE(BigInt(length), 1);
  return bytes;
}

/** A text or binary message in one frame. */
export function encodeMessage(message: string | Uint8Array): Uint8Array {
  return typeof message === "string"
    ? encodeFrame(opcodes.text, Buffer.from(message))
    : encodeFrame(opcodes.binary, message);
}

/** The payload of a Close frame: empty without a code. */
export function encodeClosePayload(code?: number, reason = ""): Uint8Array {
  if (code === undefined) return new Uint8Array();
  return Buffer.concat([Buffer.of(code >> 8, code & 0xff), Buffer.from(reason)]);
}

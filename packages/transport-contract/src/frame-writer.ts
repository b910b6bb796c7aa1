/** Opcodes of RFC 6455 section 5.2. */
export const opcodes = {
  continuation: 0x0,
  text: 0x1,
  binary: 0x2,
  close: 0x8,
  ping: 0x9,
  pong: 0xa,
} as const;

/** Parts of a frame that a well-behaved server does not set. */
export interface FrameOptions {
  /** Default: true. */
  readonly fin?: boolean;
  /** The three reserved bits, 0 to 7. Default: 0. */
  readonly reserved?: number;
  /** Sets the mask bit, with a key of zeros, which a server must not do. Default: false. */
  readonly masked?: boolean;
  /** The length in the header. Default: the payload's. */
  readonly announcedLength?: number;
}

const utf8 = new TextEncoder();
const zeroKey = [0, 0, 0, 0];

/** One frame of a server, RFC 6455 section 5.2. The options can make it invalid. */
export function encodeFrame(
  opcode: number,
  payload: string | ArrayLike<number> = [],
  options: FrameOptions = {},
): Uint8Array {
  const { fin = true, reserved = 0, masked = false } = options;
  const bytes = typeof payload === "string" ? utf8.encode(payload) : payload;
  const [length = 0, ...extended] = encodeLength(options.announcedLength ?? bytes.length);
  const first = (fin ? 0x80 : 0) | (reserved << 4) | opcode;
  const header = [first, masked ? length | 0x80 : length, ...extended, ...(masked ? zeroKey : [])];
  const frame = new Uint8Array(header.length + bytes.length);
  frame.set(header);
  frame.set(bytes, header.length);
  return frame;
}

function encodeLength(length: number): number[] {
  if (length < 126) return [length];
  if (length < 65_536) return [126, length >> 8, length & 0xff];
  const bytes = Array.from({ length: 8 }, (_, i) => Number((BigInt(length) >> BigInt(8 * (7 - i))) & 0xffn));
  return [127, ...bytes];
}

/** A text or binary message in one frame. */
export function encodeMessage(message: string | Uint8Array): Uint8Array {
  return encodeFrame(typeof message === "string" ? opcodes.text : opcodes.binary, message);
}

/** A Close frame; empty without a code. */
export function encodeCloseFrame(code?: number, reason = ""): Uint8Array {
  const payload = code === undefined ? [] : [code >> 8, code & 0xff, ...utf8.encode(reason)];
  return encodeFrame(opcodes.close, payload);
}

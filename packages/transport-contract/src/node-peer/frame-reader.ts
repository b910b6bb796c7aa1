import { opcodes } from "../frame-writer.ts";
import type { PeerFrame } from "../peer.ts";

interface RawFrame {
  readonly fin: boolean;
  readonly reserved: number;
  readonly opcode: number;
  readonly masked: boolean;
  readonly payload: Buffer;
  readonly size: number;
}

/** Reads a client's frames: complete messages, control frames between them, and violations of RFC 6455 as faults. */
export class FrameReader {
  #chunks: Buffer[] = [];
  #buffered = 0;
  #needed = 2;
  #opcode = 0;
  #fragments: Buffer[] = [];

  push(chunk: Buffer): PeerFrame[] {
    this.#chunks.push(chunk);
    this.#buffered += chunk.byteLength;
    if (this.#buffered < this.#needed) return [];
    const frames: PeerFrame[] = [];
    let rest = Buffer.concat(this.#chunks);
    this.#needed = missing(rest);
    while (rest.byteLength >= this.#needed) {
      const raw = decode(rest);
      rest = rest.subarray(raw.size);
      this.#needed = missing(rest);
      const frame = this.#assemble(raw);
      if (frame !== undefined) frames.push(frame);
    }
    this.#chunks = [rest];
    this.#buffered = rest.byteLength;
    return frames;
  }

  #assemble(raw: RawFrame): PeerFrame | undefined {
    if (!raw.masked) return { type: "fault", what: "a frame that is not masked" };
    if (raw.reserved !== 0) return { type: "fault", what: "a frame with reserved bits" };
    if (raw.opcode >= opcodes.close) return controlFrame(raw);
    if (raw.opcode !== opcodes.continuation) this.#opcode = raw.opcode;
    this.#fragments.push(raw.payload);
    if (!raw.fin) return undefined;
    const payload = Buffer.concat(this.#fragments);
    this.#fragments = [];
    if (this.#opcode === opcodes.text) return { type: "text", text: payload.toString() };
    return { type: "binary", bytes: plain(payload) };
  }
}

function controlFrame({ opcode, payload }: RawFrame): PeerFrame {
  if (opcode === opcodes.ping) return { type: "ping", bytes: plain(payload) };
  if (opcode === opcodes.pong) return { type: "pong", bytes: plain(payload) };
  if (payload.byteLength < 2) return { type: "close", code: 1005, reason: "" };
  return { type: "close", code: payload.readUInt16BE(0), reason: payload.subarray(2).toString() };
}

function plain(payload: Buffer): Uint8Array {
  return new Uint8Array(payload);
}

/** How many bytes are needed to read the first frame, as far as that is known from the bytes so far. */
function missing(bytes: Buffer): number {
  const second = bytes[1];
  if (second === undefined) return 2;
  const header = headerSize(second);
  return bytes.byteLength < header ? header : header + payloadLength(bytes);
}

function headerSize(second: number): number {
  const short = second & 0x7f;
  const extended = short === 127 ? 8 : short === 126 ? 2 : 0;
  return 2 + extended + (second & 0x80 ? 4 : 0);
}

function payloadLength(bytes: Buffer): number {
  const short = bytes.readUInt8(1) & 0x7f;
  if (short === 126) return bytes.readUInt16BE(2);
  return short === 127 ? Number(bytes.readBigUInt64BE(2)) : short;
}

function decode(bytes: Buffer): RawFrame {
  const first = bytes.readUInt8(0);
  const header = headerSize(bytes.readUInt8(1));
  const masked = (bytes.readUInt8(1) & 0x80) !== 0;
  const size = header + payloadLength(bytes);
  const payload = Buffer.from(bytes.subarray(header, size));
  if (masked) unmask(payload, bytes.subarray(header - 4, header));
  return { fin: first >= 0x80, reserved: (first >> 4) & 7, opcode: first & 0xf, masked, payload, size };
}

function unmask(payload: Buffer, key: Buffer): void {
  const pattern = [key.readUInt8(0), key.readUInt8(1), key.readUInt8(2), key.readUInt8(3)];
  for (let i = 0; i < payload.byteLength; i += 1) {
    payload[i] = (payload[i] ?? 0) ^ (pattern[i & 3] ?? 0);
  }
}

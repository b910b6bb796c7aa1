import type { ClientFrame } from "./client-frames.ts";

/** Collects the answers to one chunk, so that they are sent with one write. */
export class Replies {
  #bytes: Buffer = Buffer.allocUnsafeSlow(64 * 1024);
  #length = 0;

  /** Adds a frame with the payload of a client's frame. */
  echo(opcode: number, frame: ClientFrame): void {
    const at = this.#head(opcode, frame.byteLength);
    frame.unmask(this.#bytes, at);
  }

  frame(opcode: number, payload: Buffer): void {
    const at = this.#head(opcode, payload.length);
    payload.copy(this.#bytes, at);
  }

  /** Returns everything collected, and starts anew. */
  take(): Buffer | undefined {
    if (this.#length === 0) return undefined;
    const all = Buffer.from(this.#bytes.subarray(0, this.#length));
    this.#length = 0;
    return all;
  }

  /** Adds the header of a server's frame, which is never masked. Returns the position of its payload. */
  #head(opcode: number, byteLength: number): number {
    this.#reserve(byteLength + 10);
    const bytes = this.#bytes;
    let at = this.#length;
    bytes[at] = 0x80 | opcode;
    if (byteLength < 126) {
      bytes[at + 1] = byteLength;
      at += 2;
    } else if (byteLength < 65_536) {
      bytes[at + 1] = 126;
      at = bytes.writeUInt16BE(byteLength, at + 2);
    } else {
      bytes[at + 1] = 127;
      at = bytes.writeBigUInt64BE(BigInt(byteLength), at + 2);
    }
    this.#length = at + byteLength;
    return at;
  }

  #reserve(byteLength: number): void {
    if (this.#length + byteLength <= this.#bytes.length) return;
    const larger = Buffer.allocUnsafeSlow(2 * (this.#length + byteLength));
    this.#bytes.copy(larger, 0, 0, this.#length);
    this.#bytes = larger;
  }
}

/** One frame of a client, as a view of the bytes read. The next frame overwrites it. */
export interface ClientFrame {
  readonly opcode: number;
  readonly byteLength: number;
  /** Writes the unmasked payload to `target`, starting at `at`. */
  unmask(target: Buffer, at: number): void;
  text(): string;
}

const nothing = Buffer.alloc(0);

/**
 * Splits the bytes of a client into frames, which are always masked (RFC 6455 section 5.3) and here never fragmented. One object
 * is reused for all frames, to keep the server cheap.
 */
export class ClientFrames implements ClientFrame {
  opcode = 0;
  byteLength = 0;
  #bytes: Buffer = nothing;
  #rest: Buffer = nothing;
  #mask = 0;
  #start = 0;

  read(chunk: Buffer, take: (frame: ClientFrame) => void): void {
    this.#bytes = this.#rest.length === 0 ? chunk : Buffer.concat([this.#rest, chunk]);
    let at = 0;
    while (this.#readHead(at) && this.#start + this.byteLength <= this.#bytes.length) {
      at = this.#start + this.byteLength;
      take(this);
    }
    this.#rest = at === this.#bytes.length ? nothing : this.#bytes.subarray(at);
  }

  unmask(target: Buffer, at: number): void {
    const bytes = this.#bytes;
    for (let i = 0; i < this.byteLength; i += 1) {
      target[at + i] = (bytes[this.#start + i] ?? 0) ^ (bytes[this.#mask + (i & 3)] ?? 0);
    }
  }

  text(): string {
    const payload = Buffer.allocUnsafe(this.byteLength);
    this.unmask(payload, 0);
    return payload.toString();
  }

  #readHead(at: number): boolean {
    const bytes = this.#bytes;
    const short = (bytes[at + 1] ?? 0) & 0x7f;
    this.#mask = at + 2 + (short < 126 ? 0 : short === 126 ? 2 : 8);
    this.#start = this.#mask + 4;
    if (this.#start > bytes.length) return false;
    this.opcode = (bytes[at] ?? 0) & 0x0f;
    if (short < 126) this.byteLength = short;
    else if (short === 126) this.byteLength = bytes.readUInt16BE(at + 2);
    else this.byteLength = Number(bytes.readBigUInt64BE(at + 2));
    return true;
  }
}

import { once } from "node:events";
import { connect, type Socket } from "node:net";

/**
 * The least work that a client in JavaScript can do: a bare socket, frames in one buffer, one write per tick, and answers that
 * are not validated. It is not a usable client; it shows the limit of this machine.
 */
export class BareSocket {
  onmessage: (text: string) => void = () => {};
  readonly #socket: Socket;
  #memory: Buffer = Buffer.allocUnsafeSlow(64 * 1024);
  #start = 0;
  #end = 0;
  #waiting = false;
  #rest: Buffer = Buffer.alloc(0);

  constructor(socket: Socket) {
    this.#socket = socket;
    socket.setNoDelay(true).on("data", (chunk: Buffer) => this.#read(chunk));
  }

  /** Sends text with one byte per character, at most 4 KiB. The mask is zero, so masking is skipped. */
  send(text: string): void {
    if (this.#end + text.length + 8 > this.#memory.length) {
      this.#flush();
      this.#memory = Buffer.allocUnsafeSlow(64 * 1024);
      this.#start = 0;
      this.#end = 0;
    }
    const memory = this.#memory;
    const long = text.length > 125;
    memory[this.#end] = 0x81;
    memory[this.#end + 1] = 0x80 | (long ? 126 : text.length);
    if (long) memory.writeUInt16BE(text.length, this.#end + 2);
    const start = this.#end + (long ? 8 : 6);
    memory.fill(0, start - 4, start);
    memory.write(text, start, "latin1");
    this.#end = start + text.length;
    if (this.#waiting) return;
    this.#waiting = true;
    process.nextTick(() => this.#flush());
  }

  #flush(): void {
    this.#waiting = false;
    if (this.#end > this.#start) this.#socket.write(this.#memory.subarray(this.#start, this.#end));
    this.#start = this.#end;
  }

  #read(chunk: Buffer): void {
    const bytes = this.#rest.length === 0 ? chunk : Buffer.concat([this.#rest, chunk]);
    let at = 0;
    for (let end = endOfFrame(bytes, at); end <= bytes.length; end = endOfFrame(bytes, at)) {
      const start = at + (bytes[at + 1] === 126 ? 4 : 2);
      this.onmessage(bytes.toString("latin1", start, end));
      at = end;
    }
    this.#rest = bytes.subarray(at);
  }
}

/** The end of a server's frame of at most 64 KiB; Infinity if its header is incomplete. */
function endOfFrame(bytes: Buffer, at: number): number {
  if (at + 4 > bytes.length && (at + 2 > bytes.length || bytes[at + 1] === 126))
    return Number.POSITIVE_INFINITY;
  const length = bytes[at + 1] ?? 0;
  return length < 126 ? at + 2 + length : at + 4 + bytes.readUInt16BE(at + 2);
}

export async function openBareSocket(url: string): Promise<BareSocket> {
  const { port, pathname, host } = new URL(url);
  const socket = connect(Number(port), "127.0.0.1");
  const key = "dGhlIHNhbXBsZSBub25jZQ==";
  socket.write(
    `GET ${pathname} HTTP/1.1\r\nHost: ${host}\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n` +
      `Sec-WebSocket-Version: 13\r\nSec-WebSocket-Key: ${key}\r\n\r\n`,
  );
  await once(socket, "data");
  return new BareSocket(socket);
}

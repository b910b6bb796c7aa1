import { Socket } from "node:net";
import { onTestFinished, vi } from "vitest";

/** One write of a socket to the system. */
export interface Write {
  readonly socket: Socket;
  readonly byteLength: number;
}

interface Chunk {
  readonly chunk: Uint8Array;
}

/** Every write from now on of sockets that are connected to the port, over TCP or TLS, until the test ends. */
export function watchWrites(url: string): readonly Write[] {
  const port = Number(new URL(url).port);
  const writes: Write[] = [];
  const { _write: one, _writev: several } = Socket.prototype;
  const note = (socket: Socket, byteLength: number): void => {
    if (socket.remotePort === port) writes.push({ socket, byteLength });
  };
  vi.spyOn(Socket.prototype, "_write").mockImplementation(function (this: Socket, chunk, encoding, written) {
    note(this, chunk.length);
    one.call(this, chunk, encoding, written);
  });
  vi.spyOn(Socket.prototype, "_writev").mockImplementation(function (this: Socket, chunks, written) {
    note(
      this,
      chunks.reduce((sum, { chunk }: Chunk) => sum + chunk.length, 0),
    );
    several?.call(this, chunks, written);
  });
  onTestFinished(() => {
    vi.restoreAllMocks();
  });
  return writes;
}

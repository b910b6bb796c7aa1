import { once } from "node:events";
import { connect, createServer, type Server, type Socket } from "node:net";

/** Relays connections between clients and a server, and can silently drop them, like a network. */
export class Relay implements AsyncDisposable {
  /** The URL that new connections go to. */
  target: string;
  readonly #sockets: Set<Socket> = new Set();
  readonly #server: Server = createServer((near) => this.#join(near));

  constructor(target: string) {
    this.target = target;
  }

  async listen(): Promise<string> {
    this.#server.listen(0, "127.0.0.1");
    await once(this.#server, "listening");
    const address = this.#server.address();
    const url = new URL(this.target);
    url.port = String(typeof address === "object" ? address?.port : "");
    return url.href;
  }

  /** Keeps the connections open, but stops forwarding. */
  forget(): void {
    for (const socket of this.#sockets) {
      socket.unpipe();
      socket.on("data", () => {});
    }
  }

  async [Symbol.asyncDispose](): Promise<void> {
    for (const socket of this.#sockets) socket.destroy();
    this.#server.close();
    await once(this.#server, "close");
  }

  #join(near: Socket): void {
    const far = connect(Number(new URL(this.target).port), "127.0.0.1");
    for (const [socket, other] of [
      [near, far],
      [far, near],
    ] as const) {
      this.#sockets.add(socket);
      socket.pipe(other);
      socket.on("error", () => other.destroy());
      socket.on("close", () => {
        this.#sockets.delete(socket);
        if (socket.readableFlowing !== null) other.destroySoon();
      });
    }
  }
}

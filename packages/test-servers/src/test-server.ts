import { once } from "node:events";
import { type RawData, type WebSocket, WebSocketServer } from "ws";

/** A server for tests and examples, on a free port of 127.0.0.1. Subclasses define what it does with a connection. */
export abstract class TestServer implements AsyncDisposable {
  url = "";
  /** Connections accepted so far. */
  connectionCount = 0;
  readonly #server: WebSocketServer = new WebSocketServer({ host: "127.0.0.1", port: 0 });

  constructor() {
    this.#server.on("connection", (socket) => {
      this.connectionCount += 1;
      socket.on("error", () => undefined);
      this.welcome(socket);
    });
  }

  /** Connections that are open now. */
  get openCount(): number {
    return this.#server.clients.size;
  }

  protected abstract welcome(socket: WebSocket): void;

  async listen(path: string): Promise<this> {
    if (this.#server.address() === null) await once(this.#server, "listening");
    const address = this.#server.address();
    const port = typeof address === "object" && address !== null ? address.port : 0;
    this.url = `ws://127.0.0.1:${port}${path}`;
    return this;
  }

  /** Cuts every connection, without a Close frame. */
  dropConnections(): void {
    for (const socket of this.#server.clients) socket.terminate();
  }

  async close(): Promise<void> {
    this.dropConnections();
    await new Promise<void>((resolve) => this.#server.close(() => resolve()));
  }

  [Symbol.asyncDispose](): Promise<void> {
    return this.close();
  }
}

/** A client's message; undefined if it is not JSON, which must not crash the test that runs the server. */
export function parseJson(data: RawData): unknown {
  try {
    return JSON.parse(String(data));
  } catch {
    return undefined;
  }
}

export function sendJson(socket: WebSocket, message: unknown): void {
  socket.send(JSON.stringify(message));
}

export function isJsonObject(value: unknown): value is Readonly<Record<string, unknown>> {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}

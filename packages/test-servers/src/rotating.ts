import type { WebSocket } from "ws";
import { isRecord, read, say, TestServer } from "./server.ts";

export interface RotatingOptions {
  /** How long a connection may live; then it is closed with 1001. */
  readonly lifeMs: number;
  /** How long before that it is announced with `{ "type": "go_away" }`. Default: it is not. */
  readonly noticeMs?: number;
}

/** Answers `{ id, method, params }` with `{ id, result: params }`, and lets no connection get old. */
export function startRotatingServer(options: RotatingOptions): Promise<RotatingServer> {
  return new RotatingServer(options).listen("/");
}

export class RotatingServer extends TestServer {
  callCount = 0;
  /** Calls whose id had come before on the same connection. */
  repeatedCount = 0;
  /** Connections that the server ended, because they were too old. */
  expiredCount = 0;
  readonly #options: RotatingOptions;

  constructor(options: RotatingOptions) {
    super();
    this.#options = options;
  }

  protected override welcome(socket: WebSocket): void {
    const { lifeMs, noticeMs } = this.#options;
    const expire = setTimeout(() => {
      this.expiredCount += 1;
      socket.close(1001, "too old");
    }, lifeMs);
    const notice =
      noticeMs === undefined
        ? undefined
        : setTimeout(() => say(socket, { type: "go_away" }), lifeMs - noticeMs);
    socket.on("close", () => {
      clearTimeout(expire);
      clearTimeout(notice);
    });
    const ids = new Set<unknown>();
    socket.on("message", (data) => this.#answer(socket, ids, read(data)));
  }

  #answer(socket: WebSocket, ids: Set<unknown>, message: unknown): void {
    if (!isRecord(message)) return;
    const { id, params } = message;
    this.callCount += 1;
    if (ids.has(id)) this.repeatedCount += 1;
    ids.add(id);
    say(socket, { id, result: params });
  }
}

import type { WebSocket } from "ws";
import { isJsonObject, parseJson, sendJson, TestServer } from "./test-server.ts";

export interface RotatingOptions {
  /** The maximum age of a connection; then it is closed with 1001. */
  readonly lifeMs: number;
  /** How long before that `{ "type": "go_away" }` announces it. Default: no announcement. */
  readonly noticeMs?: number;
}

/** Answers `{ id, method, params }` with `{ id, result: params }`, and closes connections at a maximum age. */
export function startRotatingServer(options: RotatingOptions): Promise<RotatingServer> {
  return new RotatingServer(options).listen("/");
}

export class RotatingServer extends TestServer {
  callCount = 0;
  /** Calls with an id that was used before on the same connection. */
  repeatedCount = 0;
  /** Connections that the server closed because of their age. */
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
        : setTimeout(() => sendJson(socket, { type: "go_away" }), lifeMs - noticeMs);
    socket.on("close", () => {
      clearTimeout(expire);
      clearTimeout(notice);
    });
    const ids = new Set<unknown>();
    socket.on("message", (data) => this.#answer(socket, ids, parseJson(data)));
  }

  #answer(socket: WebSocket, ids: Set<unknown>, message: unknown): void {
    if (!isJsonObject(message)) return;
    const { id, params } = message;
    this.callCount += 1;
    if (ids.has(id)) this.repeatedCount += 1;
    ids.add(id);
    sendJson(socket, { id, result: params });
  }
}

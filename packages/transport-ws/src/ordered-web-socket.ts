import { WebSocket } from "ws";

/** Receives everything that a socket reports. One object for all of it. */
export interface SocketOwner {
  message(data: WebSocket.RawData, isBinary: boolean): void;
  pong(): void;
  error(error: Error): void;
  ended(code: number, reason: Buffer): void;
  /** Before a Close frame is given to the socket, or the socket is destroyed: also where ws does so by itself. */
  beforeClose(): void;
  beforeTerminate(): void;
}

/** ws's WebSocket with one owner. Its listeners are the same functions for every socket, so an idle one costs little. */
export class OrderedWebSocket extends WebSocket {
  #owner: SocketOwner | undefined;

  ownBy(owner: SocketOwner): void {
    this.#owner = owner;
    this.on("message", onMessage);
    this.on("error", onError);
    this.on("close", onClose);
  }

  override ping(): void {
    if (this.listenerCount("pong") === 0) this.on("pong", onPong);
    super.ping();
  }

  override close(code?: number, reason?: string | Buffer): void {
    this.#owner?.beforeClose();
    super.close(code, reason);
    releaseTimer(Reflect.get(this, "_closeTimer"));
  }

  override terminate(): void {
    this.#owner?.beforeTerminate();
    super.terminate();
  }

  static ownerOf(ws: WebSocket): SocketOwner | undefined {
    return ws instanceof OrderedWebSocket ? ws.#owner : undefined;
  }
}

/** ws waits for the peer's Close with a timer. The socket keeps the process alive as long as it should; the timer must not. */
function releaseTimer(timer: unknown): void {
  const isTimer = typeof timer === "object" && timer !== null && "unref" in timer;
  if (isTimer && typeof timer.unref === "function") timer.unref();
}

function onMessage(this: WebSocket, data: WebSocket.RawData, isBinary: boolean): void {
  OrderedWebSocket.ownerOf(this)?.message(data, isBinary);
}

function onPong(this: WebSocket): void {
  OrderedWebSocket.ownerOf(this)?.pong();
}

function onError(this: WebSocket, error: Error): void {
  OrderedWebSocket.ownerOf(this)?.error(error);
}

function onClose(this: WebSocket, code: number, reason: Buffer): void {
  OrderedWebSocket.ownerOf(this)?.ended(code, reason);
}

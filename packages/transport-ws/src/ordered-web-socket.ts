import { WebSocket } from "ws";

/** What a socket tells its channel, one object for all of it. */
export interface SocketOwner {
  message(data: WebSocket.RawData, isBinary: boolean): void;
  pong(): void;
  error(error: Error): void;
  ended(code: number, reason: Buffer): void;
  /** Before a Close frame is given to the socket, or the socket is destroyed: also where ws does so by itself. */
  beforeClose(): void;
  beforeTerminate(): void;
}

/** ws's WebSocket with one owner. Its listeners are the same functions for every socket, so that an idle one costs little. */
export class OrderedWebSocket extends WebSocket {
  owner: SocketOwner | undefined;

  ownBy(owner: SocketOwner): void {
    this.owner = owner;
    this.on("message", tellMessage);
    this.on("error", tellError);
    this.on("close", tellClose);
  }

  override ping(): void {
    if (this.listenerCount("pong") === 0) this.on("pong", tellPong);
    super.ping();
  }

  override close(code?: number, reason?: string | Buffer): void {
    this.owner?.beforeClose();
    super.close(code, reason);
    releaseTimer(Reflect.get(this, "_closeTimer"));
  }

  override terminate(): void {
    this.owner?.beforeTerminate();
    super.terminate();
  }
}

/** ws waits for the peer's Close with a timer. The socket holds the process, as long as it is to; the timer must not as well. */
function releaseTimer(timer: unknown): void {
  const isTimer = typeof timer === "object" && timer !== null && "unref" in timer;
  if (isTimer && typeof timer.unref === "function") timer.unref();
}

function tellMessage(this: WebSocket, data: WebSocket.RawData, isBinary: boolean): void {
  if (this instanceof OrderedWebSocket) this.owner?.message(data, isBinary);
}

function tellPong(this: WebSocket): void {
  if (this instanceof OrderedWebSocket) this.owner?.pong();
}

function tellError(this: WebSocket, error: Error): void {
  if (this instanceof OrderedWebSocket) this.owner?.error(error);
}

function tellClose(this: WebSocket, code: number, reason: Buffer): void {
  if (this instanceof OrderedWebSocket) this.owner?.ended(code, reason);
}

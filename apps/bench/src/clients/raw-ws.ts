import { once } from "node:events";
import { testCa } from "@outsock/transport-contract/node-peer";
import { type RawData, WebSocket } from "ws";

/** Raw ws, used as a careful program would use it: the baseline of all comparisons. */
export async function openRaw(url: string): Promise<WebSocket> {
  const socket = new WebSocket(url, { perMessageDeflate: false, ca: testCa });
  await once(socket, "open");
  return socket;
}

/** Sends JSON and waits for a JSON answer, one at a time. */
export class RawConversation {
  readonly #socket: WebSocket;
  #answered: (message: unknown) => void = () => {};

  constructor(socket: WebSocket) {
    this.#socket = socket;
    socket.on("message", (data) => this.#answered(JSON.parse(data.toString())));
  }

  ask(message: unknown): Promise<unknown> {
    return new Promise((resolve) => {
      this.#answered = resolve;
      this.#socket.send(JSON.stringify(message));
    });
  }
}

/** Connect, send, receive, close. */
export async function rawRequest(url: string, message: unknown): Promise<unknown> {
  const socket = await openRaw(url);
  socket.send(JSON.stringify(message));
  const [data]: RawData[] = await once(socket, "message");
  socket.close(1000);
  await once(socket, "close");
  return JSON.parse(String(data));
}

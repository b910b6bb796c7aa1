/** The common part of WHATWG WebSockets and compatible clients. */
export interface StandardSocket {
  onopen: unknown;
  onmessage: unknown;
  onclose: unknown;
  send(text: string): void;
  close(code?: number): void;
}

/** Sends JSON and waits for a JSON answer over a standard socket, one at a time. */
export class StandardConversation {
  readonly #socket: StandardSocket;
  #answered: (message: unknown) => void = () => {};

  constructor(socket: StandardSocket) {
    this.#socket = socket;
    socket.onmessage = ({ data }: { data: unknown }) => this.#answered(JSON.parse(String(data)));
  }

  ask(message: unknown): Promise<unknown> {
    return new Promise((resolve) => {
      this.#answered = resolve;
      this.#socket.send(JSON.stringify(message));
    });
  }
}

export async function opened<Socket extends StandardSocket>(socket: Socket): Promise<Socket> {
  await new Promise((resolve) => {
    socket.onopen = resolve;
  });
  return socket;
}

/** Connect, send, receive, close. */
export async function standardRequest(socket: StandardSocket, message: unknown): Promise<unknown> {
  await opened(socket);
  const answer = await new StandardConversation(socket).ask(message);
  await new Promise((resolve) => {
    socket.onclose = resolve;
    socket.close(1000);
  });
  return answer;
}

import type { MemoryListener, MemoryNetwork, MemoryPeer, MemoryScript } from "@outsock/transport-memory";

/** A message of the test protocol. */
export interface Received {
  readonly id?: number;
  readonly method: string;
  readonly params?: unknown;
}

/** One connection as the server sees it. */
export class ServerConnection {
  readonly peer: MemoryPeer;
  readonly received: Received[] = [];
  closed = false;
  readonly #server: TestServer;

  constructor(server: TestServer, peer: MemoryPeer) {
    this.#server = server;
    this.peer = peer;
    peer.onMessage((message) => this.#take(JSON.parse(String(message))));
    void peer.ended.then(() => {
      this.closed = true;
    });
  }

  send(message: unknown): void {
    this.peer.send(JSON.stringify(message));
  }

  /** The calls of a method received so far. */
  calls(method: string): readonly Received[] {
    return this.received.filter((one) => one.method === method);
  }

  #take(message: Received): void {
    this.received.push(message);
    const { id, method, params } = message;
    if (id === undefined) return;
    const answer = this.#server.answers[method];
    if (answer === undefined) return;
    this.send({ id, ...answer(params, this) });
  }
}

type Answer = (params: unknown, connection: ServerConnection) => { result?: unknown; error?: unknown };

/** An in-memory server for the test protocol: it answers the methods in `answers` and ignores others. */
export class TestServer {
  readonly connections: ServerConnection[] = [];
  readonly answers: Record<string, Answer> = {
    echo: (params) => ({ result: params }),
    fail: () => ({ error: { code: -1, message: "no" } }),
    subscribe: (params) => ({ result: `topic-of-${Object(params).to}` }),
    unsubscribe: () => ({ result: true }),
  };
  readonly #network: MemoryNetwork;
  #listener: MemoryListener | undefined;

  constructor(network: MemoryNetwork, script: Omit<MemoryScript, "onConnection"> = {}) {
    this.#network = network;
    this.listen(script);
  }

  get connectionCount(): number {
    return this.connections.length;
  }

  get open(): readonly ServerConnection[] {
    return this.connections.filter(({ closed }) => !closed);
  }

  get last(): ServerConnection {
    const last = this.connections.at(-1);
    if (last === undefined) throw new Error("nobody connected");
    return last;
  }

  listen(script: Omit<MemoryScript, "onConnection"> = {}): void {
    this.#listener = this.#network.listen("ws://server.example", {
      ...script,
      onConnection: (peer) => {
        this.connections.push(new ServerConnection(this, peer));
      },
    });
  }

  /** Drops every connection and refuses new ones. */
  goDown(): void {
    this.#listener?.close();
  }

  allReceived(method: string): readonly Received[] {
    return this.connections.flatMap((connection) => connection.calls(method));
  }
}

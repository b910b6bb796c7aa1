import { JSONRPCErrorException, JSONRPCServer } from "json-rpc-2.0";
import type { WebSocket } from "ws";
import { sendJson, TestServer } from "./test-server.ts";

interface Client {
  readonly socket: WebSocket;
  readonly subscriptions: Map<string, unknown>;
}

/**
 * JSON-RPC 2.0 as the package json-rpc-2.0 speaks it: `echo`, `add`, `fail`, `note`, `never` (gets no response), and
 * `eth_subscribe` and `eth_unsubscribe`.
 */
export function startJsonRpcServer(): Promise<JsonRpcTestServer> {
  return new JsonRpcTestServer().listen("/");
}

export class JsonRpcTestServer extends TestServer {
  /** The methods of received calls and notifications, in order. */
  readonly received: string[] = [];
  readonly #clients: Set<Client> = new Set();
  readonly #rpc: JSONRPCServer<Client> = createRpc(this.received);

  /** Subscriptions of all open connections. */
  get subscriptionCount(): number {
    return [...this.#clients].reduce((sum, { subscriptions }) => sum + subscriptions.size, 0);
  }

  /** Notifies all subscribers to a name, as an Ethereum node does. */
  push(name: string, result: unknown): void {
    for (const { socket, subscriptions } of this.#clients) {
      for (const [subscription, wanted] of subscriptions) {
        const params = { subscription, result };
        if (wanted === name) sendJson(socket, { jsonrpc: "2.0", method: "eth_subscription", params });
      }
    }
  }

  protected override welcome(socket: WebSocket): void {
    const client: Client = { socket, subscriptions: new Map() };
    this.#clients.add(client);
    socket.on("close", () => this.#clients.delete(client));
    socket.on("message", async (data) => {
      const answer = await this.#rpc.receiveJSON(String(data), client);
      if (answer !== null) sendJson(socket, answer);
    });
  }
}

function createRpc(received: string[]): JSONRPCServer<Client> {
  const rpc = new JSONRPCServer<Client>({ errorListener: () => undefined });
  let made = 0;
  rpc.applyMiddleware(async (next, request, client) => {
    received.push(request.method);
    return await next(request, client);
  });
  rpc.addMethod("echo", (params) => params);
  rpc.addMethod("add", ([a, b]) => a + b);
  rpc.addMethod("never", () => new Promise(() => undefined));
  rpc.addMethod("fail", () => {
    throw new JSONRPCErrorException("it failed", -32_000, { reason: "on purpose" });
  });
  rpc.addMethod("note", () => null);
  rpc.addMethod("eth_subscribe", ([name], { subscriptions }) => {
    made += 1;
    const id = `0x${made.toString(16)}`;
    subscriptions.set(id, name);
    return id;
  });
  rpc.addMethod("eth_unsubscribe", ([id], { subscriptions }) => subscriptions.delete(id));
  return rpc;
}

import { TestServer } from "@outsock/test-servers";
import type { WebSocket } from "ws";

/**
 * The part of an Ethereum node that this example needs. It mines two blocks, drops the connection, mines two more while
 * no client is connected, and another one after it was asked for the block number.
 */
class Chain extends TestServer {
  #height = 0;

  protected override welcome(socket: WebSocket): void {
    const subscription = `0x${this.connectionCount}`;
    const mine = (then?: () => void): void => {
      const params = { subscription, result: { number: this.#mine() } };
      socket.send(JSON.stringify({ jsonrpc: "2.0", method: "eth_subscription", params }), then);
    };
    socket.on("message", (data) => {
      const { id, method } = JSON.parse(String(data));
      const result = method === "eth_subscribe" ? subscription : `0x${this.#height.toString(16)}`;
      socket.send(JSON.stringify({ jsonrpc: "2.0", id, result }));
      if (method === "eth_blockNumber") mine();
      if (method !== "eth_subscribe" || this.#height > 0) return;
      mine();
      mine(() => {
        socket.terminate();
        this.#mine();
        this.#mine();
      });
    });
  }

  #mine(): string {
    this.#height += 1;
    return `0x${this.#height.toString(16)}`;
  }
}

export function startChain(): Promise<Chain> {
  return new Chain().listen("/");
}

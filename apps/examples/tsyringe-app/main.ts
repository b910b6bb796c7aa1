import "reflect-metadata";
import { getWebSocketManager, registerWebSocketManager, tokens } from "@outsock/container";
import { unwrap, type WebSocketManager } from "@outsock/core";
import { undiciTransport } from "@outsock/transport-undici";
import { container } from "tsyringe";

class Clockwork {
  readonly #manager: WebSocketManager;

  constructor(manager: WebSocketManager) {
    this.#manager = manager;
  }

  async ask(question: string): Promise<unknown> {
    const url = process.env.WS_URL ?? "ws://localhost:8080";
    return unwrap(await this.#manager.request(url, { question })).response;
  }
}

registerWebSocketManager(container, { transport: undiciTransport(), timeoutMs: 5_000 });
container.register(Clockwork, {
  useFactory: (resolving) => new Clockwork(resolving.resolve<WebSocketManager>(tokens.manager)),
});

console.log("answer:", await container.resolve(Clockwork).ask("tick"));
console.log("one manager:", getWebSocketManager() === container.resolve(tokens.manager));

await container.dispose();

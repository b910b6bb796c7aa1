import type { Connection, WebSocketManager } from "@outsock/core";
import type { ManualClock } from "@outsock/core/testing";
import type { Chance } from "./chance.ts";

interface Stage {
  readonly clock: ManualClock;
  readonly random: Chance;
  readonly manager: WebSocketManager;
}

const url = "wss://feed.example.com/ticks";

/** Two streams: one is read continuously, the other now and then. A lost one is opened again. */
export class Feed {
  readonly #stage: Stage;

  constructor(stage: Stage) {
    this.#stage = stage;
  }

  start(): void {
    void this.#open((connection) => this.#read(connection));
    void this.#open((connection) => this.#glance(connection));
  }

  async #open(use: (connection: Connection) => Promise<void>): Promise<void> {
    const { manager, clock } = this.#stage;
    const opened = await manager.connect(url);
    if (opened.success) {
      await use(opened.data.connection);
      await manager.close(opened.data.connection);
    }
    clock.schedule(2_000, () => void this.#open(use));
  }

  async #read(connection: Connection): Promise<void> {
    const { manager, clock, random } = this.#stage;
    const subscribe = (): void => {
      if (connection.state !== "open") return;
      void manager.send(connection, { subscribe: Math.round(random.between(1, 1_000)) });
      clock.schedule(random.exponential(100), subscribe);
    };
    subscribe();
    try {
      for await (const _ of connection);
    } catch {
      // It was dropped; so is this.
    }
  }

  async #glance(connection: Connection): Promise<void> {
    const { manager, clock } = this.#stage;
    for (;;) {
      const received = await manager.receive(connection, { timeoutMs: 5_000 });
      if (!received.success && received.error.code === "CONNECTION_CLOSED") return;
      await new Promise<void>((resolve) => {
        clock.schedule(60, resolve);
      });
    }
  }
}

import { type Channel, type ChannelEvents, payloadMessage, type Transport } from "@outsock/core";
import { createMemoryNetwork } from "@outsock/transport-memory";

const { capabilities } = createMemoryNetwork().transport();

/** A socket that acts during `send`, `ping`, `close` and `terminate` as the test says. */
export class ScriptedChannel implements Channel {
  readonly protocol = "";
  readonly bufferedAmount = 0;
  readonly sent: string[] = [];
  readonly #events: ChannelEvents;
  readonly #behaviour: Behaviour;

  constructor(events: ChannelEvents, behaviour: Behaviour) {
    this.#events = events;
    this.#behaviour = behaviour;
  }

  send(message: string | Uint8Array): void {
    this.sent.push(String(message));
    this.#behaviour.send?.(this, String(message));
  }

  say(message: unknown): void {
    const text = JSON.stringify(message);
    this.#events.message(payloadMessage(text, text.length));
  }

  end(code: number): void {
    this.#events.close({ code, reason: "", clean: code !== 1006 });
  }

  ping(): void {
    this.#behaviour.ping?.();
  }

  close(): void {
    if (this.#behaviour.deaf !== true) this.end(1000);
  }

  terminate(): void {
    if (this.#behaviour.deaf !== true) this.end(1006);
  }

  pause(): void {}
  resume(): void {}
  ref(): void {}
  unref(): void {}
}

export interface Behaviour {
  send?(channel: ScriptedChannel, message: string): void;
  ping?(): void;
  /** Never reports its end. */
  readonly deaf?: boolean;
}

/** Each connection uses the next behaviour; the last one is used for all that follow. */
export function scriptedTransport(...behaviours: readonly Behaviour[]): {
  readonly transport: Transport;
  readonly channels: readonly ScriptedChannel[];
} {
  const channels: ScriptedChannel[] = [];
  return {
    channels,
    transport: {
      capabilities,
      async open(_request, events) {
        const channel = new ScriptedChannel(events, behaviours[channels.length] ?? behaviours.at(-1) ?? {});
        channels.push(channel);
        return channel;
      },
    },
  };
}

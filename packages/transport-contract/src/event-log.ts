import type { ChannelClose, ChannelEvents, IncomingMessage } from "@outsock/core";

type EventName = keyof ChannelEvents;

/** Receives and keeps a channel's events, and lets scenarios wait for them. */
export class EventLog implements ChannelEvents {
  /** Every event's name, in order. */
  readonly log: EventName[] = [];
  readonly messages: IncomingMessage[] = [];
  readonly closes: ChannelClose[] = [];
  #watchers: (() => void)[] = [];
  #atMessage = (): void => {};

  message(message: IncomingMessage): void {
    this.messages.push(message);
    this.#atMessage();
    this.#happened("message");
  }

  pong(): void {
    this.#happened("pong");
  }

  drain(): void {
    this.#happened("drain");
  }

  close(close: ChannelClose): void {
    this.closes.push(close);
    this.#happened("close");
  }

  /** Runs this within each message event. */
  atMessage(run: () => void): void {
    this.#atMessage = run;
  }

  /** Resolves as soon as the condition holds. It is checked again after every event. */
  async until(holds: () => boolean): Promise<void> {
    while (!holds()) await new Promise<void>((resolve) => this.#watchers.push(resolve));
  }

  count(name: EventName): number {
    return this.log.filter((logged) => logged === name).length;
  }

  /** The texts of the first `count` messages, once they have arrived. */
  async texts(count: number): Promise<string[]> {
    await this.until(() => this.messages.length >= count);
    return this.messages.slice(0, count).map((message) => message.text());
  }

  /** How the channel closed, once it has. */
  async closed(): Promise<ChannelClose> {
    for (;;) {
      const [close] = this.closes;
      if (close !== undefined) return close;
      await this.until(() => this.closes.length > 0);
    }
  }

  #happened(name: EventName): void {
    this.log.push(name);
    for (const wake of this.#watchers.splice(0)) wake();
  }
}

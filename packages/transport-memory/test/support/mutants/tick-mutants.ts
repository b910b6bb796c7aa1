import type { Channel, ChannelEvents } from "@outsock/core";
import { type Mutant, mutant } from "./mutant.ts";

const isLarge = (message: string | Uint8Array): boolean => message.length > 50_000;

/** What a channel sends in one tick, held back until it ends, as a transport does that gathers small messages. */
class Held {
  readonly #channel: Channel;
  readonly #messages: (string | Uint8Array)[] = [];
  #isClosed = false;

  constructor(channel: Channel) {
    this.#channel = channel;
  }

  /** Of a message held back at least this much. */
  get count(): number {
    return this.#messages.length;
  }

  add(message: string | Uint8Array): void {
    if (this.#isClosed) return this.#channel.send(message);
    if (this.#messages.length === 0) queueMicrotask(() => this.release());
    this.#messages.push(typeof message === "string" ? message : message.slice());
  }

  release(): void {
    // A message that comes after the connection is gone is lost, whatever the transport.
    try {
      for (const message of this.#messages.splice(0)) this.#channel.send(message);
    } catch {}
  }

  close(code?: number, reason?: string): void {
    this.#isClosed = true;
    this.#channel.close(code, reason);
  }
}

/** The ways to break a transport that holds small messages back: the order of what it must put in order. */
interface Overtaking {
  readonly large?: boolean;
  readonly ping?: boolean;
  readonly close?: boolean;
  readonly answerToClose?: boolean;
}

function holding(broken: string, fails: readonly string[], overtaking: Overtaking): Mutant {
  return mutant(broken, fails, () => {
    const all = new WeakMap<ChannelEvents, Held>();
    return {
      events: (events) => ({
        message(message) {
          events.message(message);
          if (!overtaking.answerToClose) all.get(events)?.release();
        },
      }),
      channel(channel, events) {
        const held = new Held(channel);
        all.set(events, held);
        return {
          get bufferedAmount() {
            return channel.bufferedAmount + held.count;
          },
          send(message) {
            if (!isLarge(message)) return held.add(message);
            if (!overtaking.large) held.release();
            channel.send(message);
          },
          ping() {
            if (!overtaking.ping) held.release();
            channel.ping();
          },
          close(code, reason) {
            if (!overtaking.close) held.release();
            held.close(code, reason);
          },
        };
      },
    };
  });
}

export const tickMutants: readonly Mutant[] = [
  holding("lets a large message overtake small ones", ["send:every-kind-in-order"], { large: true }),
  holding("lets a ping overtake messages", ["send:every-kind-in-order"], { ping: true }),
  holding("sends its Close frame before what is held back", ["close:flushes-small"], { close: true }),
  holding("answers a Close frame before what is held back", ["close:by-peer-while-sending"], {
    answerToClose: true,
  }),
];

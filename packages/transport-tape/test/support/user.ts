import type { Channel, ChannelClose, OpenRequest, Transport } from "@outsock/core";
import { url } from "./tapes.ts";

/** An open channel and its events, in order. */
export interface User {
  readonly channel: Channel;
  readonly events: string[];
  readonly messages: (string | Uint8Array)[];
  readonly closes: ChannelClose[];
}

/** Runs pending microtasks. */
export async function settle(): Promise<void> {
  for (let turn = 0; turn < 200; turn += 1) await undefined;
}

export async function openUser(
  transport: Transport,
  overrides: Partial<OpenRequest> = {},
  onMessage: (user: Omit<User, "channel">) => void = () => {},
): Promise<User> {
  const heard: Omit<User, "channel"> = { events: [], messages: [], closes: [] };
  const request = { url, headers: {}, protocols: [], maxMessageBytes: 100_000_000, ...overrides };
  const channel = await transport.open(
    { signal: new AbortController().signal, ...request },
    {
      message(message) {
        heard.events.push("message");
        heard.messages.push(message.isText ? message.text() : message.bytes());
        onMessage(heard);
      },
      pong: () => heard.events.push("pong"),
      drain: () => heard.events.push("drain"),
      close(close) {
        heard.events.push("close");
        heard.closes.push(close);
      },
    },
  );
  return { channel, ...heard };
}

/** The error that a promise is rejected with. */
export async function rejection(promise: Promise<unknown>): Promise<unknown> {
  try {
    await promise;
  } catch (error) {
    return error;
  }
  throw new Error("it was not rejected");
}

/** What a function throws. */
export function thrown(run: () => unknown): unknown {
  try {
    run();
  } catch (error) {
    return error;
  }
  throw new Error("it did not throw");
}

import { type Mutant, mutant } from "./mutant.ts";

export const messageMutants: readonly Mutant[] = [
  mutant(
    "sends everything as text",
    [
      "send:text-and-binary",
      "send:bytes-are-the-callers",
      "send:large",
      "send:buffered-amount",
      "send:counted-at-once",
      "send:every-kind-in-order",
    ],
    {
      channel: (channel) => ({ send: (message) => channel.send(message.toString()) }),
    },
  ),
  mutant("skips empty messages", ["send:text-and-binary"], {
    channel: (channel) => ({
      send: (message) => {
        if (message.length > 0) channel.send(message);
      },
    }),
  }),
  mutant("swaps two messages", ["send:order", "send:every-kind-in-order", "close:flushes"], () => ({
    channel(channel) {
      let held: string | Uint8Array | undefined;
      return {
        send(message) {
          if (held !== undefined) {
            channel.send(message);
            channel.send(held);
            held = undefined;
          } else if (typeof message === "string" && message.length > 8 && /^\d|^message/.test(message)) {
            held = message;
          } else {
            channel.send(message);
          }
        },
      };
    },
  })),
  mutant("keeps the caller's buffer", ["send:bytes-are-the-callers"], {
    channel: (channel) => ({
      send(message) {
        if (typeof message === "string" || message.length !== 3) channel.send(message);
        else queueMicrotask(() => channel.send(message));
      },
    }),
  }),
  mutant("scribbles over the caller's buffer", ["send:bytes-are-the-callers", "send:text-and-binary"], {
    channel: (channel) => ({
      send(message) {
        channel.send(message);
        if (typeof message !== "string") message.fill(0);
      },
    }),
  }),
  mutant("accepts a send after close", ["send:after-close"], {
    channel: (channel) => ({
      send(message) {
        try {
          channel.send(message);
        } catch {}
      },
    }),
  }),
  mutant("reports text as binary", ["receive:text-and-binary", "receive:empty"], {
    events: (events) => ({
      message: (message) =>
        events.message({
          isText: false,
          byteLength: message.byteLength,
          text: () => message.text(),
          bytes: () => message.bytes(),
        }),
    }),
  }),
  mutant("replaces invalid UTF-8", ["receive:binary-as-text"], {
    events: (events) => ({
      message: (message) =>
        events.message({
          isText: message.isText,
          byteLength: message.byteLength,
          text: () => new TextDecoder().decode(message.bytes()),
          bytes: () => message.bytes(),
        }),
    }),
  }),
  mutant("does not report empty messages", ["open:greeting-with-handshake", "receive:empty"], {
    events: (events) => ({
      message(message) {
        if (message.byteLength > 0) events.message(message);
      },
    }),
  }),
  mutant("reports a message twice", ["receive:order"], () => {
    let count = 0;
    return {
      events: (events) => ({
        message(message) {
          count += 1;
          events.message(message);
          if (count === 999) events.message(message);
        },
      }),
    };
  }),
  mutant("ignores maxMessageBytes", ["receive:limit", "receive:limit-in-bytes"], {
    request: (request) => ({ ...request, maxMessageBytes: Number.MAX_SAFE_INTEGER }),
  }),
  mutant("always has a bufferedAmount of 0", ["send:buffered-amount", "send:no-idle-drain"], {
    channel: () => ({
      get bufferedAmount() {
        return 0;
      },
    }),
  }),
  mutant("never reports drain", ["send:drain", "send:counted-at-once"], { events: () => ({ drain() {} }) }),
  mutant("reports drain at every send", ["send:drain"], {
    channel: (channel, events) => ({
      send(message) {
        channel.send(message);
        if (typeof message !== "string" && message.length > 1_000_000) events.drain();
      },
    }),
  }),
];

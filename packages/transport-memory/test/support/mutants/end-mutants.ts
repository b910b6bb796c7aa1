import { type Mutant, mutant } from "./mutant.ts";

export const endMutants: readonly Mutant[] = [
  mutant("ends a channel that is unref'd", ["unref:still-works"], {
    channel: (channel) => ({ unref: () => channel.terminate() }),
  }),
  mutant(
    "sends Close frames without a code",
    ["close:code-and-reason", "close:long-reason", "close:flushes", "close:flushes-small", "close:twice"],
    { channel: (channel) => ({ close: () => channel.close() }) },
  ),
  mutant(
    "reports every close as clean",
    [
      "close:unanswered",
      "receive:limit",
      "receive:limit-in-bytes",
      "terminate:destroys",
      "terminate:gives-up",
      "wire:dropped",
    ],
    {
      events: (events) => ({ close: (close) => events.close({ ...close, clean: true }) }),
    },
  ),
  mutant("reports no close reason", ["close:by-peer", "close:long-reason"], {
    events: (events) => ({ close: (close) => events.close({ ...close, reason: "" }) }),
  }),
  mutant("reports 1000 without a code", ["close:no-code", "close:by-peer-no-code"], {
    events: (events) => ({
      close: (close) => events.close(close.code === 1005 ? { ...close, code: 1000 } : close),
    }),
  }),
  mutant("reports no error for a lost connection", ["wire:dropped"], {
    events: (events) => ({
      close: ({ error, ...close }) =>
        events.close(error?.code === "MESSAGE_TOO_BIG" ? { ...close, error } : close),
    }),
  }),
  mutant(
    "reports close twice",
    [
      "close:once",
      "terminate:last-word",
      "close:by-peer-after-messages",
      "close:by-peer-while-sending",
      "close:by-peer-with-handshake",
      "ping:after-close",
      "wire:dropped",
    ],
    {
      events: (events) => ({
        close(close) {
          events.close(close);
          events.close(close);
        },
      }),
    },
  ),
  mutant("never reports the peer's close", ["close:by-peer"], {
    events: (events) => ({
      close(close) {
        if (close.code !== 1008) events.close(close);
      },
    }),
  }),
  mutant(
    "terminates instead of closing",
    [
      "close:both",
      "close:code-and-reason",
      "close:flushes",
      "close:flushes-small",
      "close:long-reason",
      "close:messages-until-answer",
      "close:twice",
      "close:unanswered",
      "ping:after-close",
      "send:after-close",
    ],
    {
      channel: (channel) => ({
        close: (code) => (code === undefined ? channel.close() : channel.terminate()),
      }),
    },
  ),
  mutant("reports no messages once closing", ["close:messages-until-answer"], () => {
    let closing = false;
    return {
      events: (events) => ({
        message(message) {
          if (!closing || message.text() === "settled") events.message(message);
        },
      }),
      channel: (channel) => ({
        close(code, reason) {
          closing = true;
          channel.close(code, reason);
        },
      }),
    };
  }),
  mutant("does not wait for the peer's Close frame", ["close:unanswered"], {
    channel: (channel) => ({
      close(code, reason) {
        channel.close(code, reason);
        if (code === 4000) setTimeout(() => channel.terminate());
      },
    }),
  }),
  mutant(
    "does not terminate",
    [
      "terminate:destroys",
      "terminate:gives-up",
      "terminate:last-word",
      "terminate:unread",
      "pause:terminate",
      "close:unanswered",
    ],
    { channel: () => ({ terminate() {} }) },
  ),
  mutant(
    "closes instead of terminating",
    ["close:unanswered", "terminate:destroys", "terminate:gives-up", "terminate:last-word"],
    { channel: (channel) => ({ terminate: () => channel.close(1000) }) },
  ),
];

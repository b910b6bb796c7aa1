import type { Transport } from "@outsock/core";

export interface StubTransport extends Transport {
  readonly opened: number;
  /** The close codes of its channels. */
  readonly closed: readonly (number | undefined)[];
}

/** A transport whose peer accepts every connection and answers a close at once. */
export function stubTransport(): StubTransport {
  const closed: (number | undefined)[] = [];
  let opened = 0;
  return {
    get opened() {
      return opened;
    },
    closed,
    capabilities: {
      name: "stub",
      network: false,
      headers: true,
      tlsOptions: false,
      failureReason: true,
      addressCheck: false,
      messageLimit: true,
      coalescing: false,
      drain: true,
      messagesWhileClosing: true,
      closeReachesPeer: true,
      pause: true,
      ping: true,
      terminate: true,
      unref: true,
    },
    async open(_, events) {
      opened += 1;
      return {
        protocol: "",
        bufferedAmount: 0,
        send() {},
        ping() {},
        pause() {},
        resume() {},
        ref() {},
        unref() {},
        close(code) {
          closed.push(code);
          events.close({ code: code ?? 1005, reason: "", clean: true });
        },
        terminate() {
          events.close({ code: 1006, reason: "", clean: false });
        },
      };
    },
  };
}

import {
  type Channel,
  type ChannelEvents,
  type OpenRequest,
  type Transport,
  TransportError,
} from "@outsock/core";
import { type ManualClock, manualClock } from "@outsock/core/testing";
import { createMemoryNetwork } from "@outsock/transport-memory";
import { type PooledTransport, pooled } from "../../src/index.ts";

/** One attempt on the transport below, answered by the test. */
export interface Dial {
  state: "under way" | "open" | "failed" | "aborted";
  succeed(): void;
  fail(error: Error): void;
  readonly events: ChannelEvents;
  /** What was called on its channel. */
  readonly calls: string[];
  /** Of its channel. */
  bufferedAmount: number;
  answersClose: boolean;
  sendFails: boolean;
}

interface SlowScene {
  readonly pool: PooledTransport;
  readonly clock: ManualClock;
  readonly dials: Dial[];
  /** What the next opens throw, before anything. */
  readonly failures: Error[];
  openOne(): Promise<Channel>;
  /** Each resolves with "open" or with the error. */
  openMany(count: number, signal?: AbortSignal): Promise<unknown>[];
}

const ignore: ChannelEvents = { message() {}, pong() {}, drain() {}, close() {} };

/** A pool whose dials the test answers. With `deaf` they do not heed their signal. */
export function slowScene({ deaf = false } = {}): SlowScene {
  const clock = manualClock();
  const dials: Dial[] = [];
  const failures: Error[] = [];
  const transport: Transport = {
    capabilities: createMemoryNetwork().transport().capabilities,
    open(request, events) {
      const failure = failures.shift();
      if (failure !== undefined) throw failure;
      return new Promise((resolve, reject) => dials.push(dialOf(request, events, deaf, resolve, reject)));
    },
  };
  const pool = pooled(transport, { clock });
  const openOne = (signal = new AbortController().signal): Promise<Channel> =>
    pool.open({ url: "ws://slow.example/", headers: {}, protocols: [], maxMessageBytes: 1, signal }, ignore);
  return {
    pool,
    clock,
    dials,
    failures,
    openOne,
    openMany: (count, signal) =>
      Array.from({ length: count }, () =>
        openOne(signal).then(
          () => "open",
          (error: unknown) => error,
        ),
      ),
  };
}

function dialOf(
  request: OpenRequest,
  events: ChannelEvents,
  deaf: boolean,
  resolve: (channel: Channel) => void,
  reject: (error: Error) => void,
): Dial {
  const dial: Dial = {
    state: "under way",
    succeed() {
      if (dial.state === "under way") dial.state = "open";
      resolve(channelOf(dial));
    },
    fail(error) {
      dial.state = "failed";
      reject(error);
    },
    events,
    calls: [],
    bufferedAmount: 0,
    answersClose: true,
    sendFails: false,
  };
  request.signal.addEventListener("abort", () => {
    dial.state = "aborted";
    if (!deaf) reject(new Error("aborted"));
  });
  return dial;
}

function channelOf(dial: Dial): Channel {
  const { events, calls } = dial;
  const noted = (call: string) => (): void => {
    calls.push(call);
  };
  return {
    protocol: "",
    get bufferedAmount() {
      return dial.bufferedAmount;
    },
    send(message) {
      calls.push(`send ${message}`);
      if (dial.sendFails) throw new TransportError("SEND_FAILED", "no");
    },
    ping: noted("ping"),
    pause: noted("pause"),
    resume: noted("resume"),
    close(code = 1005, reason = "") {
      calls.push(`close ${code}`);
      if (dial.answersClose) events.close({ code, reason, clean: true });
    },
    terminate() {
      calls.push("terminate");
      events.close({ code: 1006, reason: "", clean: false });
    },
    ref: noted("ref"),
    unref: noted("unref"),
  };
}

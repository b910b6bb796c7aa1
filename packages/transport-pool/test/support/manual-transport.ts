import {
  type Channel,
  type ChannelEvents,
  type OpenRequest,
  type Transport,
  TransportError,
} from "@outsock/core";
import { type ManualClock, manualClock } from "@outsock/core/testing";
import { createMemoryNetwork } from "@outsock/transport-memory";
import { type PooledTransport, type PoolOptions, pooled } from "../../src/index.ts";

/** One dial of the transport below, settled by the test. */
export interface Dial {
  state: "under way" | "open" | "failed" | "aborted";
  succeed(): void;
  fail(error: Error): void;
  readonly events: ChannelEvents;
  /** Whether its channel is open. */
  isOpen: boolean;
  /** Reports an event of a channel that is open or about to open. */
  emit<Name extends keyof ChannelEvents>(name: Name, ...args: Parameters<ChannelEvents[Name]>): void;
  /** What was called on its channel. */
  readonly calls: string[];
  /** The channel's. */
  bufferedAmount: number;
  answersClose: boolean;
  sendFails: boolean;
  /** The names of the methods of its channel that throw. */
  throwing: ReadonlySet<string>;
  /** Runs within every call of its channel. */
  onCall: (call: string) => unknown;
}

interface ManualFixture {
  readonly pool: PooledTransport;
  readonly clock: ManualClock;
  readonly dials: Dial[];
  /** Errors that the next opens throw synchronously. */
  readonly failures: Error[];
  /** The requests that the transport below has received. */
  readonly requests: OpenRequest[];
  readonly signal: AbortSignal;
  openOne(): Promise<Channel>;
  /** Each resolves with "open" or with the error. */
  openMany(count: number, signal?: AbortSignal, events?: Partial<ChannelEvents>): Promise<unknown>[];
}

const ignore: ChannelEvents = { message() {}, pong() {}, drain() {}, close() {} };

/** A pool whose dials the test settles. With `deaf` they ignore their signal. */
export function manualFixture({
  deaf = false,
  ...options
}: PoolOptions & { deaf?: boolean } = {}): ManualFixture {
  const clock = manualClock();
  const requests: OpenRequest[] = [];
  const dials: Dial[] = [];
  const failures: Error[] = [];
  const transport: Transport = {
    capabilities: createMemoryNetwork().transport().capabilities,
    open(request, events) {
      requests.push(request);
      const failure = failures.shift();
      if (failure !== undefined) throw failure;
      return new Promise((resolve, reject) => dials.push(dialOf(request, events, deaf, resolve, reject)));
    },
  };
  const pool = pooled(transport, { clock, ...options });
  const { signal: never } = new AbortController();
  const openOne = (signal = never, events: Partial<ChannelEvents> = {}): Promise<Channel> =>
    pool.open(
      { url: "ws://manual.example/", headers: {}, protocols: [], maxMessageBytes: 1, signal },
      { ...ignore, ...events },
    );
  return {
    pool,
    clock,
    dials,
    failures,
    requests,
    signal: never,
    openOne,
    openMany: (count, signal, events) =>
      Array.from({ length: count }, () =>
        openOne(signal, events).then(
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
  let settled = false;
  const dial: Dial = {
    state: "under way",
    succeed() {
      if (dial.state === "open" || dial.state === "failed") return;
      if (dial.state === "under way") dial.state = "open";
      if (!settled) dial.isOpen = true;
      settled = true;
      resolve(channelOf(dial));
    },
    fail(error) {
      if (settled) return;
      settled = true;
      dial.state = "failed";
      reject(error);
    },
    events: {
      ...events,
      message: (message) => events.message(message),
      pong: () => events.pong(),
      drain: () => events.drain(),
      close(close) {
        dial.isOpen = false;
        events.close(close);
      },
    },
    isOpen: false,
    emit(name, ...args) {
      if (dial.isOpen) Reflect.apply(dial.events[name], dial.events, args);
    },
    calls: [],
    bufferedAmount: 0,
    answersClose: true,
    sendFails: false,
    throwing: new Set(),
    onCall: () => undefined,
  };
  request.signal.addEventListener("abort", () => {
    dial.state = "aborted";
    if (deaf) return;
    settled = true;
    reject(new Error("aborted"));
  });
  return dial;
}

function channelOf(dial: Dial): Channel {
  const { events, calls } = dial;
  const note = (call: string, name = call): void => {
    calls.push(call);
    dial.onCall(call);
    if (dial.throwing.has(name)) throw new Error(`${name} is broken`);
  };
  const noted = (call: string) => (): void => note(call);
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
      note(`close ${code}`, "close");
      if (dial.answersClose && dial.isOpen) events.close({ code, reason, clean: true });
    },
    terminate() {
      note("terminate");
      if (dial.isOpen) events.close({ code: 1006, reason: "", clean: false });
    },
    ref: noted("ref"),
    unref: noted("unref"),
  };
}

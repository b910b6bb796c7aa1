import type { Channel, ChannelEvents, OpenRequest, Transport } from "@outsock/core";
import { type ContractTransportOptions, transportScenarios } from "@outsock/transport-contract";
import { startNodePeer } from "@outsock/transport-contract/node-peer";
import { describe, expect, it } from "vitest";
import { type ClientOptions, WebSocket } from "ws";
import { wsTransport } from "../src/index.ts";
import { createOpen } from "../src/open-channel.ts";
import { WsChannel } from "../src/ws-channel.ts";

/** A transport broken on purpose, and the scenarios that must notice: these and no others. */
interface Mutant {
  readonly broken: string;
  readonly fails: readonly string[];
  createTransport(options?: ContractTransportOptions): Transport;
}

/** They move megabytes, and none of the mutants here is about that. */
const heavy = /^(pause:.*|terminate:unread|close:flushes|send:(large|drain|buffered-amount)|receive:large)$/;

function withRequest(broken: string, fails: string[], alter: (request: OpenRequest) => OpenRequest): Mutant {
  return {
    broken,
    fails,
    createTransport(options) {
      const transport = wsTransport(options);
      return { ...transport, open: (request, events) => transport.open(alter(request), events) };
    },
  };
}

function withSocketClass(broken: string, fails: string[], Socket: typeof WsChannel): Mutant {
  return {
    broken,
    fails,
    createTransport: (options = {}) => ({
      ...wsTransport(options),
      async open(request, events) {
        if (request.signal.aborted) return wsTransport().open(request, events);
        return createOpen(options.tls ?? {}, 0)(request, events, Socket);
      },
    }),
  };
}

function withWsOptions(broken: string, fails: string[], changed: ClientOptions): Mutant {
  class ChangedWebSocket extends WsChannel {
    constructor(url: string, protocols: string[], options: ClientOptions) {
      super(url, protocols, { ...options, ...changed });
    }
  }
  return withSocketClass(broken, fails, ChangedWebSocket);
}

/** A transport whose open channels are altered. */
function withChannel(broken: string, fails: string[], alter: (channel: Channel) => Channel): Mutant {
  return {
    broken,
    fails,
    createTransport(options) {
      const transport = wsTransport(options);
      return { ...transport, open: (request, events) => transport.open(request, events).then(alter) };
    },
  };
}

/** Ends TCP only after the peer has. */
class PatientWebSocket extends WsChannel {
  constructor(url: string, protocols: string[], options: ClientOptions) {
    super(url, protocols, options);
    this.on("upgrade", ({ socket }) => {
      const end = socket.end.bind(socket);
      socket.once("end", () => end());
      socket.end = () => socket;
    });
  }
}

/** Its Close frame, asked for or an answer, overtakes what the tick holds back. */
class HastyToClose extends WsChannel {
  override close(code?: number, reason?: string | Buffer): void {
    Reflect.apply(WebSocket.prototype.close, this, [code, reason]);
  }
}

class HastyToTerminate extends WsChannel {
  override terminate(): void {
    Reflect.apply(WebSocket.prototype.terminate, this, []);
  }
}

class SlowToPing extends WsChannel {
  override ping(): void {
    setImmediate(() => super.ping());
  }
}

class SlowWithLarge extends WsChannel {
  override send(message: string | Uint8Array): void {
    if (message.length <= 4 * 1024) return super.send(message);
    setImmediate(() => {
      if (this.readyState === WebSocket.OPEN) super.send(message);
    });
  }
}

function tellingTwice(events: ChannelEvents): ChannelEvents {
  return {
    message: (message) => events.message(message),
    pong: () => events.pong(),
    drain: () => events.drain(),
    close(close) {
      events.close(close);
      if (close.error?.code === "CONNECTION_CLOSED") setImmediate(() => events.close(close));
    },
  };
}

const mutants: readonly Mutant[] = [
  withSocketClass(
    "leaves it to the peer to end TCP",
    ["close:answered-peer-lingers", "close:peer-lingers", "close:peer-lingers-after-messages"],
    PatientWebSocket,
  ),
  {
    broken: "trusts every certificate",
    fails: ["open:tls-self-signed", "open:tls-wrong-host"],
    createTransport: (options) => wsTransport({ tls: { ...options?.tls, rejectUnauthorized: false } }),
  },
  {
    broken: "ignores the certificate authority it is given",
    fails: ["open:tls-by-name", "open:tls-own-ca", "send:every-kind-over-tls"],
    createTransport: () => wsTransport(),
  },
  withRequest(
    "checks no addresses",
    ["open:address-allowed", "open:address-refused", "open:address-refused-name"],
    ({ allowAddress, ...request }) => request,
  ),
  withRequest(
    "checks the addresses of names only",
    ["open:address-allowed", "open:address-refused"],
    ({ allowAddress, ...request }) =>
      allowAddress === undefined || request.url.includes("127.0.0.1")
        ? request
        : { ...request, allowAddress },
  ),
  withRequest(
    "has no limit",
    ["receive:limit", "receive:limit-announced", "receive:limit-fragments", "receive:limit-in-bytes"],
    (request) => ({ ...request, maxMessageBytes: Number.POSITIVE_INFINITY }),
  ),
  withWsOptions("offers compression", ["open:no-extension", "open:unrequested-extension"], {
    perMessageDeflate: true,
  }),
  withWsOptions("follows redirects", ["open:redirect-not-followed"], { followRedirects: true }),
  withWsOptions("answers no ping", ["ping:answered", "receive:fragments"], { autoPong: false }),
  withWsOptions("does not check UTF-8", ["wire:bad-utf8", "wire:close-bad-utf8"], {
    skipUTF8Validation: true,
  }),
  withWsOptions("allows few fragments", ["receive:fragments"], { maxFragments: 2 }),
  withSocketClass(
    "lets a Close frame overtake messages",
    ["close:by-peer-while-sending", "close:flushes-small", "send:every-kind-over-tls"],
    HastyToClose,
  ),
  withSocketClass("drops what terminate finds unsent", ["terminate:flushes"], HastyToTerminate),
  withSocketClass(
    "lets messages overtake a ping",
    ["send:every-kind-in-order", "send:every-kind-over-tls"],
    SlowToPing,
  ),
  withSocketClass(
    "lets small messages overtake a large one",
    ["send:every-kind-in-order", "send:every-kind-over-tls"],
    SlowWithLarge,
  ),
  {
    broken: "reports the loss of a connection twice",
    fails: ["terminate:flushes", "terminate:last-word", "wire:reset-while-sending"],
    createTransport(options) {
      const transport = wsTransport(options);
      return { ...transport, open: (request, events) => transport.open(request, tellingTwice(events)) };
    },
  },
  withChannel("counts nothing that waits for the end of the tick", ["send:counted-at-once"], (channel) =>
    Object.defineProperty(channel, "bufferedAmount", { get: () => 0 }),
  ),
];

async function failuresOf({ createTransport, fails }: Mutant): Promise<string[]> {
  const harnessFor = (id: string) => ({
    name: "mutant",
    // Short for what must fail and may hang, long for what must pass: a busy machine fails neither.
    scenarioTimeoutMs: fails.includes(id) ? 1_000 : 12_000,
    createTransport,
    startPeer: startNodePeer,
  });
  const run = transportScenarios
    .filter(({ id }) => !heavy.test(id))
    .map((scenario) =>
      scenario.run(harnessFor(scenario.id)).then(
        () => [],
        () => [scenario.id],
      ),
    );
  return (await Promise.all(run)).flat().sort();
}

describe("the contract notices a transport that", () => {
  for (const mutant of mutants) {
    it.concurrent(mutant.broken, async () => {
      expect(await failuresOf(mutant)).toEqual(mutant.fails.toSorted());
    });
  }
});

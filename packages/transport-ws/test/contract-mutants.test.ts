import type { OpenRequest, Transport } from "@outsock/core";
import { type ContractTransportOptions, transportScenarios } from "@outsock/transport-contract";
import { startNodePeer } from "@outsock/transport-contract/node-peer";
import { describe, expect, it } from "vitest";
import type { ClientOptions } from "ws";
import { wsTransport } from "../src/index.ts";
import { createDialler, openChannel } from "../src/open-channel.ts";
import { OrderedWebSocket } from "../src/ordered-web-socket.ts";

/** A transport broken on purpose, and the scenarios that must notice: these and no others. */
interface Mutant {
  readonly broken: string;
  readonly fails: readonly string[];
  createTransport(options?: ContractTransportOptions): Transport;
}

/** They move megabytes, and none of the mutants here is about that. */
const heavy = /^(pause:.*|terminate:unread|close:flushes|send:(large|drain|buffered-amount)|receive:large)$/;

function diallerFor({ tls }: Partial<ContractTransportOptions>) {
  return createDialler({ tls: tls ?? {}, lookupCacheMs: 0 });
}

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

function withWsOptions(broken: string, fails: string[], changed: ClientOptions): Mutant {
  class ChangedWebSocket extends OrderedWebSocket {
    constructor(url: string, protocols: string[], options: ClientOptions) {
      super(url, protocols, { ...options, ...changed });
    }
  }
  return {
    broken,
    fails,
    createTransport: (options = {}) => ({
      ...wsTransport(options),
      async open(request, events) {
        if (request.signal.aborted) return wsTransport().open(request, events);
        return openChannel(diallerFor(options), request, events, ChangedWebSocket);
      },
    }),
  };
}

/** Ends TCP only after the peer has. */
class PatientWebSocket extends OrderedWebSocket {
  constructor(url: string, protocols: string[], options: ClientOptions) {
    super(url, protocols, options);
    this.on("upgrade", ({ socket }) => {
      const end = socket.end.bind(socket);
      socket.once("end", () => end());
      socket.end = () => socket;
    });
  }
}

const mutants: readonly Mutant[] = [
  {
    broken: "leaves it to the peer to end TCP",
    fails: ["close:answered-peer-lingers", "close:peer-lingers", "close:peer-lingers-after-messages"],
    createTransport: (options = {}) => ({
      ...wsTransport(options),
      async open(request, events) {
        if (request.signal.aborted) return wsTransport().open(request, events);
        return openChannel(diallerFor(options), request, events, PatientWebSocket);
      },
    }),
  },
  {
    broken: "trusts every certificate",
    fails: ["open:tls-self-signed", "open:tls-wrong-host"],
    createTransport: (options) => wsTransport({ tls: { ...options?.tls, rejectUnauthorized: false } }),
  },
  {
    broken: "ignores the certificate authority it is given",
    fails: ["open:tls-by-name", "open:tls-own-ca"],
    createTransport: () => wsTransport(),
  },
  withRequest(
    "asks nobody about addresses",
    ["open:address-allowed", "open:address-refused", "open:address-refused-name"],
    ({ allowAddress, ...request }) => request,
  ),
  withRequest(
    "asks about the addresses of names only",
    ["open:address-allowed", "open:address-refused"],
    ({ allowAddress, ...request }) =>
      allowAddress === undefined || request.url.includes("127.0.0.1")
        ? request
        : { ...request, allowAddress },
  ),
  withRequest(
    "knows no limit",
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

import { ContractViolation, equal } from "@outsock/contract-kit";
import {
  type Channel,
  type OpenRequest,
  type Transport,
  type TransportCapabilities,
  TransportError,
  type TransportErrorCode,
} from "@outsock/core";
import { EventLog } from "./event-log.ts";
import type { ContractHarness, ContractTransportOptions } from "./harness.ts";
import type { Peer, PeerConnection, PeerScript } from "./peer.ts";

/** A channel of the transport under test, and its events. */
export interface Client {
  readonly channel: Channel;
  readonly events: EventLog;
}

/** Both ends of one open connection. */
export interface Pair extends Client {
  readonly peer: Peer;
  readonly remote: PeerConnection;
}

/** An open that failed as it should. */
export interface FailedOpen {
  readonly error: TransportError;
  readonly events: EventLog;
}

/** What one scenario works with: the transport under test, and peers. {@link dispose} ends everything it started. */
export class TransportTestbed {
  readonly capabilities: TransportCapabilities;
  readonly #harness: ContractHarness;
  readonly #peers: Peer[] = [];
  readonly #channels: Channel[] = [];
  #transport: Transport;

  constructor(harness: ContractHarness) {
    this.#harness = harness;
    this.#transport = harness.createTransport();
    this.capabilities = this.#transport.capabilities;
  }

  /** Opens channels with a new transport with these options from now on. */
  useTransport(options: ContractTransportOptions): void {
    this.#transport = this.#harness.createTransport(options);
  }

  async peer(script?: PeerScript): Promise<Peer> {
    const peer = await this.#harness.startPeer(script);
    this.#peers.push(peer);
    return peer;
  }

  async open(url: string, overrides: Partial<OpenRequest> = {}): Promise<Client> {
    const events = new EventLog();
    const channel = await this.#transport.open(requestFor(url, overrides), events);
    this.#channels.push(channel);
    return { channel, events };
  }

  /** Starts a peer, opens a channel to it and waits for both ends. */
  async connect(script?: PeerScript, overrides?: Partial<OpenRequest>): Promise<Pair> {
    const peer = await this.peer(script);
    const [client, remote] = await Promise.all([this.open(peer.url, overrides), peer.nextConnection()]);
    return { ...client, peer, remote };
  }

  /** An open that has to fail. Returns its error. */
  async failToOpen(url: string, overrides: Partial<OpenRequest> = {}): Promise<FailedOpen> {
    const events = new EventLog();
    const request = requestFor(url, overrides);
    const error = await this.#transport.open(request, events).then(
      (channel) => {
        this.#channels.push(channel);
        return new ContractViolation("open resolved although it had to reject");
      },
      (reason: unknown) => reason,
    );
    if (TransportError.is(error)) return { error, events };
    throw error instanceof ContractViolation
      ? error
      : new ContractViolation("open rejected with something other than a TransportError", error);
  }

  /** The code that a failed open has to have. Transports that cannot distinguish failures have one code for all. */
  openCode(code: TransportErrorCode): TransportErrorCode {
    return this.capabilities.failureReason ? code : "CONNECT_FAILED";
  }

  /**
   * Gives late events the time to show: waits for a turn of the event loop, and for round trips on a separate
   * connection.
   */
  async settle(roundTrips = 3): Promise<void> {
    await new Promise((resolve) => setTimeout(resolve, 0));
    const { channel, events, remote } = await this.connect();
    for (let i = 0; i < roundTrips; i += 1) {
      channel.send("settle");
      await remote.nextFrame();
      remote.send("settled");
      await events.until(() => events.messages.length > i);
    }
    channel.close();
    equal((await events.closed()).clean, true, "a plain close is clean");
  }

  async dispose(): Promise<void> {
    for (const channel of this.#channels) channel.terminate();
    await Promise.all(this.#peers.map((peer) => peer.close()));
  }
}

function requestFor(url: string, overrides: Partial<OpenRequest>): OpenRequest {
  const signal = new AbortController().signal;
  return { url, protocols: [], headers: {}, maxMessageBytes: 64 * 1024 * 1024, signal, ...overrides };
}

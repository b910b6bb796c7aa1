import { type Channel, TransportError } from "@outsock/core";
import { applyRules, type Delivery } from "./apply-rules.ts";
import type { FaultyConnection } from "./faulty-connection.ts";
import { byteLengthOf, copyOf, type Payload } from "./payload.ts";
import type { Reporter } from "./report.ts";
import type { RuleMatcher } from "./rule-matcher.ts";

export interface FaultyChannelOptions {
  readonly connection: FaultyConnection;
  readonly matcher: RuleMatcher;
  readonly channel: number;
  readonly report: Reporter;
}

/** What a kernel buffers for a socket whose peer is gone. */
const kernelBytes = 65_536;

/** The channel that the program holds. It sends the program's messages with the faults of the script. */
export class FaultyChannel implements Channel {
  readonly protocol: string;
  readonly #options: FaultyChannelOptions;
  readonly #inner: Channel;
  readonly #connection: FaultyConnection;

  constructor(inner: Channel, options: FaultyChannelOptions) {
    this.protocol = inner.protocol;
    this.#inner = inner;
    this.#options = options;
    this.#connection = options.connection;
  }

  get bufferedAmount(): number {
    const { state, outbound } = this.#connection;
    if (state.name === "half-open") return Math.max(0, state.bytes - kernelBytes);
    return state.name === "ended" ? 0 : this.#inner.bufferedAmount + outbound.bytes;
  }

  send(message: Payload): void {
    const { state, isEnding, isMuted, sendable, outbound } = this.#connection;
    if (state.name === "half-open" && !state.isClosing) {
      this.#connection.discardBytes(byteLengthOf(message));
      return;
    }
    if (sendable === undefined) {
      throw new TransportError("CONNECTION_CLOSED", "the connection is closing or closed");
    }
    if (isEnding) return;
    const { matcher, channel, report } = this.#options;
    const matches = matcher.next(channel);
    if (matches.length > 0) {
      const { deliveries, connectionFaults } = applyRules(message, matches, "out", report, isMuted);
      for (const delivery of deliveries) this.#put(delivery);
      for (const fault of connectionFaults) this.#connection.apply(fault, outbound);
    } else if (outbound.isFree) {
      sendable.send(message);
    } else {
      this.#put({ payload: copyOf(message), delayMs: 0, isLate: false });
    }
  }

  /** After a close, or a fault that ends the connection, it has no effect. */
  ping(): void {
    this.#connection.outbound.put(() => this.#inner.ping());
  }

  pause(): void {
    if (!this.#isAlive) return;
    if (this.#connection.capabilities.pause) this.#connection.inbound.hold();
    this.#inner.pause();
  }

  resume(): void {
    if (!this.#isAlive) return;
    this.#connection.inbound.release();
    this.#inner.resume();
  }

  close(code?: number, reason?: string): void {
    this.#connection.startClosing(code, reason);
  }

  terminate(): void {
    this.#connection.terminate();
  }

  ref(): void {
    this.#reference(true);
  }

  unref(): void {
    this.#reference(false);
  }

  get #isAlive(): boolean {
    const { name } = this.#connection.state;
    return name === "open" || name === "closing";
  }

  #put({ payload, delayMs, isLate }: Delivery): void {
    const { outbound } = this.#connection;
    const send = (): void => this.#sendAccepted(payload);
    const bytes = byteLengthOf(payload);
    if (isLate) outbound.putLate(send, delayMs, bytes);
    else outbound.put(send, delayMs, bytes);
  }

  /** The message has been accepted, so if the channel below cannot send it any more, it is lost. */
  #sendAccepted(payload: Payload): void {
    try {
      this.#inner.send(payload);
    } catch {
      // The channel below reports its close itself.
    }
  }

  #reference(referenced: boolean): void {
    if (this.#connection.state.name === "ended") return;
    this.#connection.inbound.reference(referenced);
    this.#connection.outbound.reference(referenced);
    if (referenced) this.#inner.ref();
    else this.#inner.unref();
  }
}

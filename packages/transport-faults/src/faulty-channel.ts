import { type Channel, TransportError } from "@outsock/core";
import type { Tally } from "./decide.ts";
import type { Link } from "./link.ts";
import { outcomeOf, type Packet } from "./packets.ts";
import { byteLengthOf, copyOf, type Payload } from "./payload.ts";
import type { Reporter } from "./report.ts";

export interface OutboundOptions {
  readonly link: Link;
  readonly tally: Tally;
  readonly channel: number;
  readonly report: Reporter;
}

/** What the kernel takes in from a socket whose other end is gone. */
const kernelBytes = 65_536;

/** What the program holds: sends what the script leaves of its messages. */
export class FaultyChannel implements Channel {
  readonly protocol: string;
  readonly #options: OutboundOptions;
  readonly #inner: Channel;
  readonly #link: Link;

  constructor(inner: Channel, options: OutboundOptions) {
    this.protocol = inner.protocol;
    this.#inner = inner;
    this.#options = options;
    this.#link = options.link;
  }

  get bufferedAmount(): number {
    const { state, outbound } = this.#link;
    if (state.name === "half-open") return Math.max(0, state.bytes - kernelBytes);
    return state.name === "ended" ? 0 : this.#inner.bufferedAmount + outbound.bytes;
  }

  send(message: Payload): void {
    const { state, isDoomed, isMuted, sendable, outbound } = this.#link;
    if (state.name === "half-open" && !state.isClosing) {
      this.#link.swallow(byteLengthOf(message));
      return;
    }
    if (sendable === undefined) {
      throw new TransportError("CONNECTION_CLOSED", "the connection is closing or closed");
    }
    if (isDoomed) return;
    const { tally, channel, report } = this.#options;
    const hits = tally.next(channel);
    if (hits.length > 0) {
      const { packets, endings } = outcomeOf(message, hits, "out", report, isMuted);
      for (const packet of packets) this.#put(packet);
      for (const ending of endings) this.#link.meet(ending, outbound);
    } else if (outbound.isFree) {
      sendable.send(message);
    } else {
      this.#put({ payload: copyOf(message), ms: 0, isLate: false });
    }
  }

  /** Behind a close or an ending it comes too late, and does nothing. */
  ping(): void {
    this.#link.outbound.put(() => this.#inner.ping());
  }

  pause(): void {
    if (!this.#isAlive) return;
    if (this.#link.capabilities.pause) this.#link.inbound.hold();
    this.#inner.pause();
  }

  resume(): void {
    if (!this.#isAlive) return;
    this.#link.inbound.release();
    this.#inner.resume();
  }

  close(code?: number, reason?: string): void {
    this.#link.startClosing(code, reason);
  }

  terminate(): void {
    this.#link.terminate();
  }

  ref(): void {
    this.#reference(true);
  }

  unref(): void {
    this.#reference(false);
  }

  get #isAlive(): boolean {
    const { name } = this.#link.state;
    return name === "open" || name === "closing";
  }

  #put({ payload, ms, isLate }: Packet): void {
    const { outbound } = this.#link;
    const send = (): void => this.#give(payload);
    const bytes = byteLengthOf(payload);
    if (isLate) outbound.putLate(send, ms, bytes);
    else outbound.put(send, ms, bytes);
  }

  /** It was accepted, so where the channel below does not take it any more, it is lost. */
  #give(payload: Payload): void {
    try {
      this.#inner.send(payload);
    } catch {
      // The end of the channel below is told by itself.
    }
  }

  #reference(referenced: boolean): void {
    if (this.#link.state.name === "ended") return;
    this.#link.inbound.reference(referenced);
    this.#link.outbound.reference(referenced);
    if (referenced) this.#inner.ref();
    else this.#inner.unref();
  }
}

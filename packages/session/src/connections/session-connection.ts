import {
  type CloseFailure,
  isFailure,
  type MessageListener,
  type MessageStream,
} from "@outsock/core/internal";
import type { Call, SendOutcome, ServingConnection } from "../calls/call.ts";
import type { SessionContext, SessionCounters } from "../context.ts";
import { classified, type Incoming, type MessageId, type Topic } from "../protocol.ts";
import { Topics } from "../subscriptions/topics.ts";
import { sessionConnectError } from "./connect-error.ts";
import { HandshakeMessages } from "./handshake-messages.ts";
import { Heartbeat } from "./heartbeat.ts";

/** Bounds the memory for servers that never answer. */
const maxAbandoned = 1_024;

/** What a connection reports to the session. */
export interface SessionConnectionHost {
  /** A call settled, so another one may be sent. */
  freed(): void;
  /** No call is in flight on it. */
  idle(connection: SessionConnection): void;
  lost(connection: SessionConnection, failure: CloseFailure): void;
  goAway(connection: SessionConnection, url: string | undefined): void;
  slowDown(retryAfterMs: number): void;
  /** An event that belongs to no subscription. */
  unclaimed(topic: Topic, data: unknown): void;
}

/** One connection of a session: its calls in flight, its heartbeat, its events. */
export class SessionConnection implements ServingConnection, MessageListener {
  readonly number: number;
  readonly stream: MessageStream;
  readonly connectedAtMs: number;
  readonly topics: Topics;
  /** Undefined once the handshake is complete. */
  handshake: HandshakeMessages | undefined;
  /** Nothing more can be sent on it. */
  broken = false;
  readonly url: string;
  /** It has ended or was given up: it reports nothing more to the session. */
  gone = false;
  readonly #context: SessionContext;
  readonly #host: SessionConnectionHost;
  readonly #pending: PendingCalls;
  readonly #heartbeat: Heartbeat | undefined;
  #probeId: MessageId | undefined;
  /** The slow readers that wait for a pause to end. */
  readonly #pausedBy: Set<object> = new Set();

  constructor(context: SessionContext, host: SessionConnectionHost, number: number, stream: MessageStream) {
    const { internals, settings } = context;
    this.#context = context;
    this.#host = host;
    this.#pending = new PendingCalls(context.counters);
    this.number = number;
    this.stream = stream;
    this.url = stream.url;
    this.connectedAtMs = internals.clock.now();
    this.handshake = new HandshakeMessages(context.resume, (message) => stream.write(message));
    this.topics = new Topics((topic, data) => host.unclaimed(topic, data));
    if (settings.heartbeat !== undefined) {
      this.#heartbeat = new Heartbeat(settings.heartbeat, {
        clock: internals.clock,
        probe: () => this.#probe(),
        verified: () => host.freed(),
        dead: () => this.#die(),
      });
    }
  }

  get canPause(): boolean {
    return this.#context.internals.capabilities.pause;
  }

  get inFlight(): number {
    return this.#pending.size;
  }

  /** The handshake is complete: the messages that it did not read are handled now. */
  serve(heartbeatIntervalMs: number | undefined): void {
    const rest = this.handshake?.rest() ?? [];
    this.handshake = undefined;
    this.#heartbeat?.start(heartbeatIntervalMs);
    for (const message of rest) this.message(message);
  }

  /** Whether a call may be sent now. */
  takes(nowMs: number): boolean {
    return !this.broken && (this.#heartbeat === undefined || this.#heartbeat.trusts(nowMs));
  }

  /** Sends a call, unless it cannot be encoded or the socket does not take it. */
  send(call: Call): SendOutcome {
    const { operation, outgoing, terms } = call;
    const { protocol } = this.#context.settings;
    let id: MessageId | undefined;
    operation.locate(this.url, this.stream.id);
    const payload = this.stream.encode(operation, () => {
      if (!terms.answered) return protocol.encodeNotification?.(outgoing);
      id = this.#context.nextId();
      return protocol.encode(id, outgoing);
    });
    if (isFailure(payload)) {
      call.fail(payload);
      return "failed";
    }
    // Before the socket has it: an answer may come at once.
    if (id !== undefined && !this.#expect(id, call)) return "failed";
    call.sending(this, id);
    const rejection = this.stream.trySend(payload, operation.correlationId);
    if (rejection === undefined) {
      call.sent();
      return "taken";
    }
    if (rejection.why === "closed") this.broken = true;
    // Lost while the socket took it: it is in the queue again, or over.
    if (!call.isSendingOn(this)) return "taken";
    call.notSent();
    if (id !== undefined) this.abandon(id, false);
    if (rejection.why === "closed") return "not-taken";
    call.fail(this.stream.rejectionFailure(operation, rejection));
    return "failed";
  }

  abandon(id: MessageId, sent: boolean): void {
    const call = this.#pending.take(id);
    if (call === undefined) return;
    if (sent && call.terms.accept !== undefined) this.#pending.abandon(id, call);
    this.#settledOne(call);
  }

  message(message: unknown): void {
    this.#heartbeat?.heard();
    if (this.handshake !== undefined) {
      this.handshake.push(message);
      return;
    }
    const incoming = classified(this.#context.settings.protocol, message);
    if (incoming === undefined) this.unreadable();
    else for (const one of incoming) this.#take(one);
  }

  unreadable(): void {
    this.#heartbeat?.heard();
    this.#context.counters.unreadableCount += 1;
  }

  pong(): void {
    this.#heartbeat?.answered();
  }

  closed(): void {
    this.#leave(this.stream.failure);
  }

  /** The heartbeat expects nothing while the connection is not read. */
  pause(by: object): void {
    this.#pausedBy.add(by);
    this.#heartbeat?.pause();
    this.stream.pause();
  }

  resume(by: object): void {
    if (!this.#pausedBy.delete(by) || this.#pausedBy.size > 0) return;
    this.#heartbeat?.resume();
    this.stream.resume();
  }

  /** Closes with a closing handshake; `lost` follows. */
  close(): void {
    const { internals } = this.#context;
    internals.count();
    // A pool below must not reuse a connection that has logged in.
    const reason = internals.capabilities.closeReachesPeer ? "" : "the session is over";
    void this.stream.close(internals.closeTimeoutMs, reason);
  }

  /** Ends the socket at once; `lost` does not follow. */
  async terminate(): Promise<void> {
    this.gone = true;
    this.broken = true;
    this.#heartbeat?.stop();
    const message = "The connection attempt was given up";
    this.handshake?.fail(
      sessionConnectError(this.#context, { code: "ABORTED", message, details: { url: this.url } }),
    );
    await this.stream.close(0, "");
  }

  /** Fails every call in flight, or queues it to be sent again. */
  settle(failure: CloseFailure): void {
    for (const call of this.#pending.takeAll()) call.lost(failure);
    // Calls to be sent again may go at once if another connection is serving.
    this.#host.freed();
  }

  /** The last time at which the server is known to have been alive. */
  get lastSureMs(): number {
    const nowMs = this.#context.internals.clock.now();
    return this.#heartbeat?.lastSureMs(nowMs) ?? nowMs;
  }

  #take(incoming: Incoming): void {
    switch (incoming.kind) {
      case "reply": {
        const { id, result } = incoming;
        const call = this.#answered(id);
        if (call === undefined) {
          this.#pending.takeAbandoned(id)?.terms.accept?.(this, id, result);
          break;
        }
        call.replied(this, id, result);
        this.#settledOne(call);
        break;
      }
      case "error": {
        const call = this.#answered(incoming.id);
        if (call === undefined) break;
        call.rejected(this, incoming.error);
        this.#settledOne(call);
        break;
      }
      case "event":
        if (incoming.resume !== undefined) this.#context.resume = incoming.resume;
        if (incoming.answer !== undefined) this.#reply(incoming.answer);
        this.#context.counters.eventsCount += 1;
        this.topics.deliver(incoming.topic, incoming.data);
        break;
      case "answer":
        this.#reply(incoming.message);
        break;
      case "go-away":
        if (incoming.resume !== undefined) this.#context.resume = incoming.resume;
        this.#host.goAway(this, incoming.url);
        break;
      case "slow-down":
        this.#host.slowDown(incoming.retryAfterMs);
        break;
      case "resume":
        this.#context.resume = incoming.resume;
        break;
      case "ignore":
        break;
    }
  }

  #answered(id: MessageId): Call | undefined {
    const call = this.#pending.take(id);
    if (call !== undefined) {
      this.#context.counters.repliesCount += 1;
    } else if (this.#probeId !== undefined && isSameId(id, this.#probeId)) {
      this.#probeId = undefined;
      this.#heartbeat?.answered();
    } else {
      this.#pending.countUnmatched(id);
    }
    return call;
  }

  #settledOne({ terms }: Call): void {
    if (terms.accept !== undefined) this.topics.started();
    this.#host.freed();
    if (this.#pending.size === 0) this.#host.idle(this);
  }

  #expect(id: MessageId, call: Call): boolean {
    if (!this.#pending.add(id, call)) {
      const { operation } = call;
      const message = "The protocol made an id that another call in flight already has";
      call.fail(operation.fail("SERIALIZE_FAILED", "send", message, { url: this.url }));
      return false;
    }
    if (call.terms.accept !== undefined) this.topics.starting();
    return true;
  }

  #reply(message: unknown): void {
    this.#context.internals.count(this.url);
    this.stream.write(message);
  }

  #probe(): void {
    const { protocol } = this.#context.settings;
    try {
      if (protocol.heartbeat === undefined) {
        this.#context.internals.count(this.url);
        this.stream.ping();
        return;
      }
      this.#probeId = this.#context.nextId();
      this.#reply(protocol.heartbeat(this.#probeId));
    } catch {
      // If the probe cannot be sent, no answer arrives and the heartbeat reports the connection dead.
    }
  }

  #die(): void {
    const message = "The server did not answer a heartbeat: the connection is dead";
    this.broken = true;
    this.#leave({ code: "CONNECTION_CLOSED", message, details: { url: this.url, closeCode: 1006 } });
    void this.stream.close(0, "");
  }

  #leave(failure: CloseFailure): void {
    if (this.gone) return;
    this.gone = true;
    this.broken = true;
    this.#heartbeat?.stop();
    if (this.handshake === undefined) this.#host.lost(this, failure);
    else this.handshake.fail(sessionConnectError(this.#context, failure));
  }
}

/** The calls that wait for an answer on one connection, by the ids of their messages. */
class PendingCalls {
  readonly #counters: SessionCounters;
  readonly #calls: Map<MessageId, Call> = new Map();
  readonly #abandoned: Map<MessageId, Call> = new Map();
  #firstId: MessageId | undefined;
  #lastId: MessageId | undefined;

  constructor(counters: SessionCounters) {
    this.#counters = counters;
  }

  get size(): number {
    return this.#calls.size;
  }

  /** False if another call in flight has this id. */
  add(id: MessageId, call: Call): boolean {
    if (this.#calls.has(id)) return false;
    this.#firstId ??= id;
    this.#lastId = id;
    this.#calls.set(id, call);
    this.#counters.inFlight += 1;
    return true;
  }

  take(answered: MessageId): Call | undefined {
    const id = this.#calls.has(answered) ? answered : otherForm(answered);
    const call = this.#calls.get(id);
    if (call === undefined) return undefined;
    this.#calls.delete(id);
    this.#counters.inFlight -= 1;
    return call;
  }

  takeAll(): readonly Call[] {
    const calls = [...this.#calls.values()];
    this.#calls.clear();
    this.#counters.inFlight -= calls.length;
    return calls;
  }

  /** The call has ended, but a late answer matters: the server has started a subscription that must be ended. */
  abandon(id: MessageId, call: Call): void {
    this.#abandoned.set(id, call);
    if (this.#abandoned.size <= maxAbandoned) return;
    const oldest = this.#abandoned.keys().next().value;
    if (oldest !== undefined) this.#abandoned.delete(oldest);
  }

  takeAbandoned(answered: MessageId): Call | undefined {
    const id = this.#abandoned.has(answered) ? answered : otherForm(answered);
    const call = this.#abandoned.get(id);
    this.#abandoned.delete(id);
    return call;
  }

  /** Counts an answer that matches no call. Used ids are remembered as a range, so only numeric ids count as late. */
  countUnmatched(id: MessageId): void {
    const [first, last] = [this.#firstId, this.#lastId];
    const used =
      typeof first === "number" && typeof last === "number" && Number(id) >= first && Number(id) <= last;
    if (used) this.#counters.lateRepliesCount += 1;
    else this.#counters.unknownRepliesCount += 1;
  }
}

function isSameId(answered: MessageId, id: MessageId): boolean {
  return answered === id || otherForm(answered) === id;
}

/** Some servers return the id 7 as "7", or the reverse. */
function otherForm(id: MessageId): MessageId {
  if (typeof id === "number") return String(id);
  return String(Number(id)) === id ? Number(id) : id;
}

import {
  type CloseFailure,
  isFailure,
  type MessageListener,
  type MessageStream,
} from "@outsock/core/internal";
import type { Call, SendOutcome, ServingConnection } from "../calls/call.ts";
import type { SessionContext } from "../context.ts";
import type { Incoming, MessageId } from "../protocol.ts";
import { Topics } from "../subscriptions/topics.ts";
import { classify } from "./classify.ts";
import { sessionConnectError } from "./connect-error.ts";
import { HandshakeMessages } from "./handshake-messages.ts";
import { Heartbeat } from "./heartbeat.ts";
import { Pausing } from "./pausing.ts";
import { isSameId, PendingCalls } from "./pending-calls.ts";
import type { SessionConnectionHost } from "./session-connection-host.ts";

/** One connection of a session: its calls under way, its heartbeat, its events. */
export class SessionConnection implements ServingConnection, MessageListener {
  readonly number: number;
  readonly stream: MessageStream;
  readonly connectedAtMs: number;
  readonly topics: Topics;
  /** Only until the handshake is over. */
  handshake: HandshakeMessages | undefined;
  /** Nothing more can be sent on it. */
  broken = false;
  /** It is over, or given up: nobody is told of it any more. */
  gone = false;
  readonly #context: SessionContext;
  readonly #host: SessionConnectionHost;
  readonly #pending: PendingCalls;
  readonly #heartbeat: Heartbeat | undefined;
  #probeId: MessageId | undefined;
  readonly #pausing: Pausing;

  constructor(context: SessionContext, host: SessionConnectionHost, number: number, stream: MessageStream) {
    const { internals, settings } = context;
    this.#context = context;
    this.#host = host;
    this.#pending = new PendingCalls(context.counters);
    this.number = number;
    this.stream = stream;
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
    this.#pausing = new Pausing(stream, this.#heartbeat);
  }

  get url(): string {
    return this.stream.url;
  }

  get canPause(): boolean {
    return this.#context.internals.capabilities.pause;
  }

  get inFlight(): number {
    return this.#pending.size;
  }

  /** The handshake is over: what came beyond it is read now. */
  serve(heartbeatIntervalMs: number | undefined): void {
    const rest = this.handshake?.rest() ?? [];
    this.handshake = undefined;
    this.#heartbeat?.start(heartbeatIntervalMs);
    for (const message of rest) this.message(message);
  }

  /** Whether a call may go out now. */
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
    if (sent && call.terms.accept !== undefined) this.#pending.regret(id, call);
    this.#settledOne(call);
  }

  message(message: unknown): void {
    this.#heartbeat?.heard();
    if (this.handshake !== undefined) {
      this.handshake.push(message);
      return;
    }
    const incoming = classify(this.#context.settings.protocol, message);
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

  pause(by: object): void {
    this.#pausing.pause(by);
  }

  resume(by: object): void {
    this.#pausing.resume(by);
  }

  /** With a closing handshake; the host is told when it is over. */
  close(): void {
    const { internals } = this.#context;
    internals.count();
    // A pool below must not lend to others what has logged in.
    const reason = internals.capabilities.closeReachesPeer ? "" : "the session is over";
    void this.stream.close(internals.closeTimeoutMs, reason);
  }

  /** Without a word, and without telling the host. */
  async terminate(): Promise<void> {
    this.gone = true;
    this.broken = true;
    this.#heartbeat?.stop();
    const message = "The connection is given up";
    this.handshake?.fail(
      sessionConnectError(this.#context, { code: "ABORTED", message, details: { url: this.url } }),
    );
    await this.stream.close(0, "");
  }

  /** Every call under way ends as the connection did. */
  settle(failure: CloseFailure): void {
    for (const call of this.#pending.takeAll()) call.lost(failure);
    // What is sent again may go at once, where another connection serves.
    this.#host.freed();
  }

  /** Until when the server is known to have been there. */
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
          this.#pending.regretted(id)?.terms.accept?.(this, id, result);
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
      const message = "The protocol made an id that another call waits under";
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
      // A protocol or a transport that cannot ask gets no answer.
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

import type { OutsockError, Result } from "@outsock/core";
import type { Operation } from "@outsock/core/internal";
import { Expiry } from "@outsock/core/internal";
import type { CallTerms, ServingConnection } from "../calls/call.ts";
import type { CallDispatcher } from "../calls/call-dispatcher.ts";
import type { SessionContext } from "../context.ts";
import type { SubscribeOptions } from "../options/call-options.ts";
import type { MessageId, OutgoingCall, SubscriptionRules, Topic } from "../protocol.ts";
import type { SubscriptionData } from "../session.ts";
import { ActiveSubscription, type SubscriptionHost } from "./active-subscription.ts";

/** The pause before another attempt to restore a subscription. */
const retryPauseMs = 1_000;

/** The rules of protocols without their own: the method is the topic, and no call is needed. */
const byMethod: SubscriptionRules = {
  start: () => undefined,
  topic: ({ method }) => method,
  stop: () => undefined,
};

/** The subscriptions of a session: starts them, moves them from one connection to the next, and ends them. */
export class Subscriptions implements SubscriptionHost {
  readonly #context: SessionContext;
  readonly #dispatcher: CallDispatcher;
  readonly #rules: SubscriptionRules;
  readonly #active: Set<ActiveSubscription> = new Set();
  /** Pending retries. */
  readonly #postponed: Set<Expiry> = new Set();
  /** Called when a subscription has moved or ended. */
  whenMoved: (() => void) | undefined;

  constructor(context: SessionContext, dispatcher: CallDispatcher) {
    this.#context = context;
    this.#dispatcher = dispatcher;
    this.#rules = context.settings.protocol.subscriptions ?? byMethod;
  }

  get size(): number {
    return this.#active.size;
  }

  /** Whether a subscription still uses this connection. */
  on(connection: ServingConnection): boolean {
    for (const subscription of this.#active) if (subscription.connection === connection) return true;
    return false;
  }

  async subscribe(
    operation: Operation,
    outgoing: OutgoingCall,
    options: SubscribeOptions,
  ): Promise<Result<SubscriptionData>> {
    const { correlationId } = operation;
    let start: OutgoingCall | undefined;
    try {
      start = this.#rules.start(outgoing);
    } catch (cause) {
      const message = "The protocol could not make the call that starts the subscription; see cause";
      return operation.fail("SERIALIZE_FAILED", "send", message, { cause });
    }
    const subscription = new ActiveSubscription(this, { outgoing, start, options, correlationId });
    this.#active.add(subscription);
    if (start === undefined) {
      const refusal = this.#dispatcher.refusal(operation, options.signal);
      if (refusal !== undefined) {
        void subscription.close();
        return refusal;
      }
      const { serving } = this.#dispatcher;
      operation.locate(serving?.url, undefined);
      operation.start("local");
      if (serving !== undefined) this.#bind(subscription, serving);
      return operation.succeed({ subscription, correlationId });
    }
    const { timeoutMs = this.#context.settings.callTimeoutMs, signal } = options;
    const terms = this.#terms(subscription, { timeoutMs, signal, own: false });
    const started = await this.#dispatcher.place(operation, start, terms);
    if (started.success) {
      this.#moveToServing(subscription);
      return { success: true, data: { subscription, correlationId } };
    }
    void subscription.close();
    return started;
  }

  /** Moves every subscription to this connection. */
  move(connection: ServingConnection): void {
    for (const subscription of this.#active) this.#restart(subscription, connection);
  }

  finish(error: OutsockError | undefined): void {
    for (const expiry of this.#postponed) this.#context.internals.deadlines.remove(expiry);
    this.#postponed.clear();
    for (const subscription of [...this.#active]) {
      if (error === undefined) subscription.finish();
      else subscription.fail(error);
    }
  }

  async ended(subscription: ActiveSubscription): Promise<void> {
    this.#active.delete(subscription);
    const { connection, topic } = subscription;
    if (connection === undefined || topic === undefined) return;
    const unwanted = connection.topics.remove(topic, subscription);
    this.whenMoved?.();
    // The end of the session ends its subscriptions at the server too.
    if (!unwanted || connection !== this.#dispatcher.serving || !this.#dispatcher.open) return;
    const stop = this.#stopOf(subscription, topic);
    if (stop !== undefined) await this.#unsubscribe(stop, connection);
  }

  /** Its outcome does not matter. It is sent only on `only`: on another connection the topic may belong to another subscription. */
  async #unsubscribe(stop: OutgoingCall, only: ServingConnection): Promise<void> {
    const { internals, settings } = this.#context;
    const operation = internals.begin("call", undefined, stop.method);
    await this.#dispatcher.place(operation, stop, {
      timeoutMs: settings.callTimeoutMs,
      signal: undefined,
      schema: undefined,
      idempotent: false,
      answered: true,
      only,
      own: true,
    });
  }

  #restart(subscription: ActiveSubscription, connection: ServingConnection): void {
    if (subscription.starting || subscription.connection === connection) return;
    const { start } = subscription;
    if (start === undefined) {
      this.#bind(subscription, connection);
      return;
    }
    const { internals, settings } = this.#context;
    const operation = internals.begin("call", undefined, start.method);
    const terms = this.#terms(subscription, {
      timeoutMs: settings.callTimeoutMs,
      signal: undefined,
      own: true,
    });
    void this.#dispatcher.place(operation, start, terms).then(({ error }) => {
      if (!this.#active.has(subscription)) return;
      if (error === undefined || error.code === "CONNECTION_CLOSED") this.#moveToServing(subscription);
      else if (error.retryable) this.#retryLater(() => this.#moveToServing(subscription));
      else subscription.fail(error);
    });
  }

  /** A long queue or a slow server is no reason to give up a subscription. */
  #retryLater(run: () => void): void {
    const { deadlines, clock } = this.#context.internals;
    const expiry = new Expiry(() => {
      this.#postponed.delete(expiry);
      run();
    });
    this.#postponed.add(expiry);
    deadlines.add(expiry, clock.now() + retryPauseMs);
  }

  #bind(subscription: ActiveSubscription, connection: ServingConnection): void {
    const topic = this.#topic(subscription, undefined, undefined);
    if (topic !== undefined) subscription.bind(connection, topic);
  }

  /** A protocol that throws must not break the session. */
  #topic(subscription: ActiveSubscription, id: MessageId | undefined, result: unknown): Topic | undefined {
    try {
      return this.#rules.topic(subscription.outgoing, id, result);
    } catch {
      return undefined;
    }
  }

  #stopOf({ outgoing }: ActiveSubscription, topic: Topic): OutgoingCall | undefined {
    try {
      return this.#rules.stop(outgoing, topic);
    } catch {
      return undefined;
    }
  }

  #terms(
    subscription: ActiveSubscription,
    { timeoutMs, signal, own }: Pick<CallTerms, "timeoutMs" | "signal" | "own">,
  ): CallTerms {
    subscription.starting = true;
    return {
      timeoutMs,
      signal,
      own,
      schema: undefined,
      idempotent: false,
      answered: true,
      accept: (connection, id, result) => this.#accept(subscription, connection, id, result),
      whenOver: () => {
        subscription.starting = false;
        this.whenMoved?.();
      },
    };
  }

  #accept(
    subscription: ActiveSubscription,
    connection: ServingConnection,
    id: MessageId,
    result: unknown,
  ): string | undefined {
    const topic = this.#topic(subscription, id, result);
    if (topic === undefined) return "The server's answer does not identify the subscription";
    const { state, connection: bound, topic: known } = subscription;
    const settled = bound !== undefined && (bound === connection || bound === this.#dispatcher.serving);
    if (state === "active" && !settled) {
      subscription.bind(connection, topic);
      this.whenMoved?.();
      return undefined;
    }
    if (bound === connection && known === topic) return undefined;
    // It was closed before the server confirmed it, or this confirms an earlier call.
    const stop = this.#stopOf(subscription, topic);
    if (stop !== undefined && connection === this.#dispatcher.serving)
      void this.#unsubscribe(stop, connection);
    return undefined;
  }

  /** Moves a subscription to the serving connection, if it was started on another one. */
  #moveToServing(subscription: ActiveSubscription): void {
    const { serving } = this.#dispatcher;
    if (serving !== undefined && this.#active.has(subscription)) this.#restart(subscription, serving);
  }
}

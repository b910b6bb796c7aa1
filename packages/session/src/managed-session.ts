import { type ErrorCode, OutsockError, type Result } from "@outsock/core";
import type { SessionContext } from "./context.ts";
import {
  type CallOptions,
  type CloseSessionOptions,
  checkCall,
  checkClose,
  checkNotify,
  checkSubscribe,
  type NotifyOptions,
  type SubscribeOptions,
} from "./options/call-options.ts";
import type { OutgoingCall } from "./protocol.ts";
import type {
  CallData,
  NotifyData,
  Session,
  SessionEvents,
  SessionState,
  SessionStats,
  SubscriptionData,
} from "./session.ts";
import { Supervisor } from "./supervisor.ts";

export interface Opener {
  ready(correlationId: string): void;
  failed(error: OutsockError): void;
}

const none: Readonly<Record<string, never>> = Object.freeze({});

/** The session that the caller holds: checks arguments and passes calls on. */
export class ManagedSession implements Session {
  readonly #context: SessionContext;
  readonly #supervisor: Supervisor;
  readonly #closed: Promise<void>;
  #stopHearingDisposal: () => void = () => {};

  constructor(context: SessionContext, opener: Opener) {
    this.#context = context;
    let finish = (): void => {};
    this.#closed = new Promise((resolve) => {
      finish = resolve;
    });
    this.#supervisor = new Supervisor(context, {
      ready: (correlationId) => {
        this.#ignoreSignal();
        opener.ready(correlationId);
      },
      finished: (error) => {
        this.#ignoreSignal();
        this.#stopHearingDisposal();
        opener.failed(error ?? this.#error("DISPOSED", "The session is closed"));
        finish();
      },
    });
  }

  start(): void {
    const { internals, settings } = this.#context;
    this.#stopHearingDisposal = internals.onDispose(() =>
      this.#supervisor.kill(this.#error("DISPOSED", "The manager was disposed of")),
    );
    settings.signal?.addEventListener("abort", this.#abort);
    if (settings.signal?.aborted) this.#abort();
    else this.#supervisor.start();
  }

  get state(): SessionState {
    return this.#supervisor.state;
  }

  get error(): OutsockError | undefined {
    return this.#supervisor.error;
  }

  get resume(): unknown {
    return this.#context.resume;
  }

  call(method: string, params?: unknown, options: CallOptions = none): Promise<Result<CallData>> {
    if (options !== none) checkCall(options);
    const { timeoutMs = this.#context.settings.callTimeoutMs, signal, schema, idempotent = false } = options;
    const terms = { timeoutMs, signal, schema, idempotent, answered: true, own: false };
    const operation = this.#context.internals.begin("call", options.correlationId, method);
    return this.#supervisor.dispatcher.place(operation, outgoing("call", method, params, options), terms);
  }

  notify(method: string, params?: unknown, options: NotifyOptions = none): Promise<Result<NotifyData>> {
    checkNotify(options);
    const { settings, internals } = this.#context;
    if (settings.protocol.encodeNotification === undefined) {
      throw new TypeError(`notify: the protocol ${settings.protocol.name} has no messages without an answer`);
    }
    const { timeoutMs = settings.callTimeoutMs, signal } = options;
    const terms = { timeoutMs, signal, schema: undefined, idempotent: false, answered: false, own: false };
    const operation = internals.begin("notify", options.correlationId, method);
    const sending = this.#supervisor.dispatcher.place(
      operation,
      outgoing("notify", method, params, options),
      terms,
    );
    return sending.then((result) =>
      result.success ? { success: true, data: { correlationId: result.data.correlationId } } : result,
    );
  }

  subscribe(
    method: string,
    params?: unknown,
    options: SubscribeOptions = none,
  ): Promise<Result<SubscriptionData>> {
    checkSubscribe(options);
    const operation = this.#context.internals.begin("call", options.correlationId, method);
    return this.#supervisor.subscriptions.subscribe(
      operation,
      outgoing("subscribe", method, params, options),
      options,
    );
  }

  on<Name extends keyof SessionEvents>(
    event: Name,
    listener: (event: SessionEvents[Name]) => void,
    { signal }: { readonly signal?: AbortSignal | undefined } = none,
  ): Disposable {
    return this.#context.emitter.on(event, listener, signal);
  }

  getStats(): SessionStats {
    const { dispatcher, subscriptions } = this.#supervisor;
    return { ...this.#context.counters, queued: dispatcher.queued, subscriptions: subscriptions.size };
  }

  readonly #abort = (): void => {
    const cause = this.#context.settings.signal?.reason;
    this.#supervisor.kill(
      this.#error("ABORTED", "The signal was aborted while the session was opened", cause),
    );
  };

  /** The signal only applies to opening. */
  #ignoreSignal(): void {
    this.#context.settings.signal?.removeEventListener("abort", this.#abort);
  }

  #error(code: ErrorCode, message: string, cause?: unknown): OutsockError {
    const { id: correlationId } = this.#context;
    return new OutsockError(code, message, { phase: "connect", sent: "no", correlationId, cause });
  }

  toJSON(): { readonly state: SessionState; readonly error?: OutsockError } {
    const { state, error } = this;
    return error === undefined ? { state } : { state, error };
  }

  close(options: CloseSessionOptions = none): Promise<void> {
    checkClose(options);
    this.#supervisor.close(options.timeoutMs ?? this.#context.settings.drainTimeoutMs);
    return this.#closed;
  }

  [Symbol.asyncDispose](): Promise<void> {
    return this.close();
  }
}

function outgoing(where: string, method: unknown, params: unknown, { scope }: NotifyOptions): OutgoingCall {
  if (typeof method !== "string" || method === "") {
    throw new TypeError(`${where}: method must be a non-empty string`);
  }
  return scope === undefined ? { method, params } : { method, params, scope };
}

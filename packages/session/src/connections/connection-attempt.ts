import { OutsockError, type WebSocketManager } from "@outsock/core";
import { Expiry } from "@outsock/core/internal";
import type { SessionContext } from "../context.ts";
import type { Attempt, PerAttempt } from "../options/session-options.ts";
import type { HandshakeOutcome } from "../protocol.ts";
import { handshakeError } from "./connect-error.ts";
import { SessionConnection, type SessionConnectionHost } from "./session-connection.ts";

export interface AttemptRequest {
  /** Of the connection. */
  readonly number: number;
  readonly attempt: number;
  /** Used instead of the session's, if defined. */
  readonly url: string | undefined;
}

export interface AttemptHost extends SessionConnectionHost {
  opened(connection: SessionConnection, outcome: HandshakeOutcome, correlationId: string): void;
  failed(number: number, error: OutsockError): void;
}

/** One attempt to connect: resolves `url` and `headers`, connects, runs the protocol's handshake, and reports the outcome. */
export class ConnectionAttempt {
  readonly #context: SessionContext;
  readonly #host: AttemptHost;
  readonly #request: AttemptRequest;
  readonly #abortion: AbortController = new AbortController();
  #over = false;

  constructor(context: SessionContext, host: AttemptHost, request: AttemptRequest) {
    this.#context = context;
    this.#host = host;
    this.#request = request;
    void this.#run();
  }

  /** The outcome is not reported. */
  abandon(): void {
    this.#over = true;
    this.#abortion.abort();
  }

  async #run(): Promise<void> {
    const opened = await this.#connect();
    if (!opened.success) {
      this.#fail(opened.error);
      return;
    }
    const { connection: open, correlationId } = opened.data;
    const stream = this.#context.internals.messageStream(open);
    const connection = new SessionConnection(this.#context, this.#host, this.#request.number, stream);
    stream.listen(connection);
    try {
      const outcome = await this.#handshake(connection);
      if (connection.gone) await connection.handshake?.ended;
      if (this.#over) return await connection.terminate();
      this.#over = true;
      this.#host.opened(connection, outcome ?? {}, correlationId);
    } catch (thrown) {
      await connection.terminate();
      this.#fail(handshakeError(this.#context, connection.url, thrown));
    }
  }

  async #connect(): ReturnType<WebSocketManager["connect"]> {
    const { internals, settings, manager } = this.#context;
    const { attempt, url: otherUrl } = this.#request;
    const { signal } = this.#abortion;
    const startedAtMs = internals.clock.now();
    const deadline = new Expiry(() => this.#abortion.abort(timedOut));
    internals.deadlines.add(deadline, startedAtMs + settings.connectTimeoutMs);
    try {
      const url = otherUrl ?? (await resolved(settings.url, { attempt, signal }));
      const headers = await resolved(settings.headers, { attempt, signal });
      const { subprotocols, codec = "json" } = settings.protocol;
      // The manager's deadline takes over: with two that expire together, chance would decide which error is reported.
      internals.deadlines.remove(deadline);
      const leftMs = Math.max(1, Math.round(startedAtMs + settings.connectTimeoutMs - internals.clock.now()));
      return await manager.connect(url, {
        timeoutMs: leftMs,
        headers,
        protocols: subprotocols,
        codec,
        signal,
        correlationId: settings.correlationId,
      });
    } catch (cause) {
      return { success: false, error: unresolved(this.#context, cause) };
    } finally {
      internals.deadlines.remove(deadline);
    }
  }

  async #handshake(connection: SessionConnection): Promise<HandshakeOutcome | undefined> {
    const { internals, settings } = this.#context;
    const { protocol, handshakeTimeoutMs } = settings;
    const peer = connection.handshake;
    if (peer === undefined || (protocol.handshake === undefined && !connection.gone)) return undefined;
    const deadline = new Expiry(() => this.#abortion.abort(this.#tooSlow(connection.url)));
    internals.deadlines.add(deadline, internals.clock.now() + handshakeTimeoutMs);
    try {
      const work = async (): Promise<HandshakeOutcome | undefined> => protocol.handshake?.(peer);
      return await untilAborted(this.#abortion.signal, () => Promise.race([work(), peer.ended]));
    } finally {
      internals.deadlines.remove(deadline);
    }
  }

  #tooSlow(url: string): OutsockError {
    const { id, settings } = this.#context;
    const message = `The handshake of the protocol ${settings.protocol.name} took longer than ${settings.handshakeTimeoutMs} ms`;
    return new OutsockError("CONNECT_TIMEOUT", message, {
      phase: "connect",
      sent: "no",
      correlationId: id,
      url,
    });
  }

  #fail(error: OutsockError): void {
    if (this.#over) return;
    this.#over = true;
    this.#host.failed(this.#request.number, error);
  }
}

const timedOut: unique symbol = Symbol("timed out");

function resolved<Value>(option: PerAttempt<Value>, attempt: Attempt): Value | Promise<Value> {
  if (!isFunction(option)) return option;
  return untilAborted(attempt.signal, async () => option(attempt));
}

function isFunction<Value>(
  option: PerAttempt<Value>,
): option is (attempt: Attempt) => Value | Promise<Value> {
  return typeof option === "function";
}

/** The error of a `url` or `headers` function that threw, timed out, or returned something that cannot be used. */
function unresolved({ id, settings }: SessionContext, cause: unknown): OutsockError {
  const details = { phase: "connect", sent: "no", correlationId: id } as const;
  if (cause === timedOut) {
    const message = `The functions url and headers did not return within ${settings.connectTimeoutMs} ms`;
    return new OutsockError("CONNECT_TIMEOUT", message, details);
  }
  const mistake = cause instanceof TypeError && cause.message.startsWith("connect: ");
  const message = mistake
    ? `The function headers returned something that cannot be sent: ${cause.message}`
    : "The function url or headers of the session failed; see cause";
  return new OutsockError("CONNECT_FAILED", message, { ...details, cause, retryable: !mistake });
}

/** The outcome of `work`. If the signal is aborted first, rejects with its reason; the work is not stopped. */
function untilAborted<Value>(signal: AbortSignal, work: () => Promise<Value>): Promise<Value> {
  return new Promise((resolve, reject) => {
    const abort = (): void => reject(signal.reason);
    if (signal.aborted) {
      abort();
      return;
    }
    signal.addEventListener("abort", abort);
    work()
      .then(resolve, reject)
      .finally(() => signal.removeEventListener("abort", abort));
  });
}

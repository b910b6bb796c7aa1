import type { Codec } from "../codec.ts";
import type { ManagedConnection } from "../connection/managed-connection.ts";
import type { Channel } from "../ports/channel.ts";
import type { ErrorCode } from "../ports/error-code.ts";
import type { OpenRequest } from "../ports/transport.ts";
import { TransportError } from "../ports/transport-error.ts";
import type { Failure } from "../result.ts";
import type { Deadline } from "../time/deadlines.ts";
import type { Address } from "./address.ts";
import type { ManagerContext } from "./context.ts";
import type { FailureDetails, Operation } from "./operation.ts";

export interface ConnectRequest {
  readonly address: Address;
  readonly headers: Readonly<Record<string, string>>;
  readonly protocols: readonly string[];
  readonly codec: Codec;
  readonly timeoutMs: number;
  readonly signal: AbortSignal | undefined;
}

export type Opened =
  | { readonly ok: true; readonly connection: ManagedConnection }
  | { readonly ok: false; readonly failure: Failure };

/** Opens a connection within the operation's deadline, or leaves nothing open. */
export function open(
  context: ManagerContext,
  operation: Operation,
  options: ConnectRequest,
): Promise<Opened> {
  return new Promise((resolve) => new ConnectAttempt(context, operation, options, resolve).start());
}

class ConnectAttempt implements Deadline {
  atMs = 0;
  index = -1;
  readonly #context: ManagerContext;
  readonly #operation: Operation;
  readonly #options: ConnectRequest;
  readonly #resolve: (opened: Opened) => void;
  readonly #connection: ManagedConnection;
  readonly #attempt: AbortController = new AbortController();
  #settled = false;
  #stopHearingDisposal: () => void = () => {};

  constructor(
    context: ManagerContext,
    operation: Operation,
    options: ConnectRequest,
    resolve: (opened: Opened) => void,
  ) {
    this.#context = context;
    this.#operation = operation;
    this.#options = options;
    this.#resolve = resolve;
    this.#connection = context.connections.prepare(options.address.redacted, options.codec);
    operation.url = options.address.redacted;
  }

  start(): void {
    const { signal, timeoutMs } = this.#options;
    const { startedAtMs } = this.#operation;
    if (signal?.aborted) {
      this.#abort();
      return;
    }
    signal?.addEventListener("abort", this.#abort);
    this.#stopHearingDisposal = this.#context.onDispose(() =>
      this.#giveUp("DISPOSED", "The manager was disposed while connecting"),
    );
    this.#context.deadlines.add(this, startedAtMs + timeoutMs);
    this.#dial().then(
      (channel) => this.#opened(channel),
      (error) => this.#failed(error),
    );
  }

  expire(): void {
    this.#giveUp(
      "CONNECT_TIMEOUT",
      `No connection within ${this.#options.timeoutMs} ms; raise timeoutMs or check the peer`,
    );
  }

  readonly #abort = (): void =>
    this.#giveUp("ABORTED", "The signal was aborted while connecting", this.#options.signal?.reason);

  /** An async function, so that a transport that throws at once rejects too. */
  async #dial(): Promise<Channel> {
    const { address, headers, protocols } = this.#options;
    const { transport, maxMessageBytes } = this.#context.settings;
    const { signal } = this.#attempt;
    const { id: operationId } = this.#operation;
    const request: OpenRequest = {
      url: address.href,
      headers,
      protocols,
      maxMessageBytes,
      signal,
      operationId,
    };
    return transport.open(request, this.#connection);
  }

  #opened(channel: Channel): void {
    if (this.#settled) {
      destroy(channel);
    } else if (!isChannel(channel)) {
      this.#failed(new TypeError("the transport opened something that is no channel"));
    } else {
      this.#finish();
      this.#operation.connectionId = this.#connection.id;
      this.#connection.attach(channel, this.#operation.correlationId);
      this.#resolve({ ok: true, connection: this.#connection });
    }
  }

  #failed(error: unknown): void {
    if (this.#settled) return;
    this.#finish();
    const url = this.#options.address.redacted;
    const { code, details, message } = describe(error);
    const failure = this.#operation.fail(code, "connect", `Could not connect to ${url}${message}`, {
      url,
      ...details,
    });
    this.#resolve({ ok: false, failure });
  }

  #giveUp(code: "ABORTED" | "CONNECT_TIMEOUT" | "DISPOSED", message: string, cause?: unknown): void {
    if (this.#settled) return;
    this.#finish();
    this.#attempt.abort();
    const url = this.#options.address.redacted;
    this.#resolve({ ok: false, failure: this.#operation.fail(code, "connect", message, { url, cause }) });
  }

  #finish(): void {
    this.#settled = true;
    this.#context.deadlines.remove(this);
    this.#options.signal?.removeEventListener("abort", this.#abort);
    this.#stopHearingDisposal();
  }
}

/** What a transport that is not typed may answer. */
function isChannel(value: unknown): boolean {
  return typeof value === "object" && value !== null && "send" in value && "terminate" in value;
}

/** A channel that came after the operation had its answer. */
function destroy(channel: Channel): void {
  try {
    channel.terminate();
  } catch {
    // Nobody is left to be told.
  }
}

function describe(error: unknown): { code: ErrorCode; message: string; details: FailureDetails } {
  if (!TransportError.is(error))
    return { code: "CONNECT_FAILED", message: "; see cause", details: { cause: error } };
  const { code, status, retryAfterMs, cause, message } = error;
  return { code, message: `: ${message}`, details: { status, retryAfterMs, cause } };
}

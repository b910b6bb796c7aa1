import { failByAbort, failByDisposal } from "../admission/refusals.ts";
import { type Codec, resolveCodec } from "../codec.ts";
import { ConnectionHandle } from "../connection/connection.ts";
import type { ManagedConnection } from "../connection/managed-connection.ts";
import type { ManagerContext } from "../manager-context.ts";
import { hasMembers } from "../options/checks.ts";
import type { Settings } from "../options/manager-options.ts";
import type { ConnectOptions } from "../options/operation-options.ts";
import type { Channel } from "../ports/channel.ts";
import { TransportError } from "../ports/transport-error.ts";
import type { Failure, Result } from "../result.ts";
import type { ConnectData } from "../web-socket-manager.ts";
import { type Address, parseAddress } from "./address.ts";
import type { Operation } from "./operation.ts";
import { type Interruption, PendingOperation } from "./pending-operation.ts";
import { isFailure } from "./send.ts";

/** What to open, and for how long to try. */
export interface ConnectRequest {
  readonly address: Address;
  readonly headers: Readonly<Record<string, string>>;
  readonly protocols: readonly string[];
  readonly codec: Codec;
  readonly timeoutMs: number;
  readonly signal: AbortSignal | undefined;
}

/** The operation `connect`. */
export async function connect(
  context: ManagerContext,
  operation: Operation,
  url: unknown,
  options: ConnectOptions,
): Promise<Result<ConnectData>> {
  const request = connectRequest(operation, context.settings, url, options);
  if (isFailure(request)) return request;
  const opened = await open(context, operation, request);
  if (isFailure(opened)) return opened;
  const connection = new ConnectionHandle(opened);
  const { correlationId } = operation;
  return operation.succeed({ connection, url: connection.url, correlationId }, "connect");
}

/** @throws TypeError for headers on a transport that cannot send them. */
export function checkHeaderSupport({ transport }: Settings, { headers = {} }: ConnectOptions): void {
  const { capabilities } = transport;
  if (capabilities.headers || Object.keys(headers).length === 0) return;
  throw new TypeError(
    `headers: the transport ${capabilities.name} cannot send request headers on this runtime`,
  );
}

/** What a connect or a request will open. */
export function connectRequest(
  operation: Operation,
  settings: Settings,
  url: unknown,
  options: ConnectOptions,
): ConnectRequest | Failure {
  const { capabilities } = settings.transport;
  let address = parseAddress(url);
  if (typeof address === "object" && address.authorization !== undefined && !capabilities.headers) {
    address = `the transport ${capabilities.name} cannot send its credentials`;
  }
  if (typeof address === "string") {
    return operation.fail("INVALID_URL", "connect", `The URL cannot be dialled: ${address}`);
  }
  const {
    headers = {},
    protocols = [],
    codec = settings.codec,
    timeoutMs = settings.timeoutMs,
    signal,
  } = options;
  return {
    address,
    // Copies: what the caller changes before the handshake is sent was not meant for it.
    headers: withCredentials({ ...headers }, address),
    protocols: typeof protocols === "string" ? [protocols] : [...protocols],
    codec: resolveCodec(codec),
    timeoutMs,
    signal,
  };
}

/** A header that the caller set goes before the URL's userinfo. */
function withCredentials(
  headers: Record<string, string>,
  { authorization }: Address,
): Record<string, string> {
  if (authorization === undefined) return headers;
  const given = Object.keys(headers).some((name) => name.toLowerCase() === "authorization");
  return given ? headers : { authorization, ...headers };
}

/** Opens a connection within the operation's deadline, or leaves nothing open. */
export function open(
  context: ManagerContext,
  operation: Operation,
  request: ConnectRequest,
): Promise<ManagedConnection | Failure> {
  return new ConnectAttempt(context, operation, request).start();
}

class ConnectAttempt extends PendingOperation<ManagedConnection | Failure> {
  readonly #context: ManagerContext;
  readonly #request: ConnectRequest;
  readonly #connection: ManagedConnection;
  readonly #attempt: AbortController = new AbortController();

  constructor(context: ManagerContext, operation: Operation, request: ConnectRequest) {
    super(context, operation, request.signal);
    this.#context = context;
    this.#request = request;
    this.#connection = context.prepare(request.address.redacted, request.codec);
    operation.locate(request.address.redacted, undefined);
  }

  start(): Promise<ManagedConnection | Failure> {
    const outcome = this.outcome(this.#request.timeoutMs, this.#context);
    if (!this.settled) {
      this.#dial().then(
        (channel) => this.#opened(channel),
        (error) => this.#failed(error),
      );
    }
    return outcome;
  }

  interrupted(by: Interruption): Failure {
    this.#attempt.abort();
    const { operation, signal } = this;
    if (by === "abort") return failByAbort(operation, "connect", signal);
    if (by === "disposal") return failByDisposal(operation, "connect");
    const message = `No connection within ${this.#request.timeoutMs} ms; raise timeoutMs or check the peer`;
    return operation.fail("CONNECT_TIMEOUT", "connect", message);
  }

  /** An async function, so that a transport that throws at once rejects too. */
  async #dial(): Promise<Channel> {
    const { address, headers, protocols } = this.#request;
    const { transport, maxMessageBytes } = this.#context.settings;
    const { signal } = this.#attempt;
    const { id: operationId } = this.operation;
    return transport.open(
      { url: address.href, headers, protocols, maxMessageBytes, signal, operationId },
      this.#connection,
    );
  }

  #opened(channel: Channel): void {
    const { operation } = this;
    const connection = this.#connection;
    if (this.settled) {
      destroy(channel);
    } else if (!hasMembers(channel, "send", "terminate")) {
      // What a transport that is not typed may answer.
      this.#failed(new TypeError("the transport opened no channel"));
    } else {
      this.settle();
      operation.locate(connection.url, connection.id);
      connection.attach(channel, operation.correlationId);
      this.resolve(connection);
    }
  }

  #failed(error: unknown): void {
    if (!this.settle()) return;
    const { code, message, status, retryAfterMs, cause } = TransportError.is(error)
      ? error
      : new TransportError("CONNECT_FAILED", "see cause", { cause: error });
    const details = { status, retryAfterMs, cause };
    const text = `Could not connect to ${this.#connection.url}: ${message}`;
    this.resolve(this.operation.fail(code, "connect", text, details));
  }
}

/** A channel that came after the operation had its answer. */
function destroy(channel: Channel): void {
  try {
    channel.terminate();
  } catch {
    // The operation has its result already.
  }
}

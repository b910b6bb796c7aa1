import { type Codec, resolveCodec } from "../codec.ts";
import { ConnectionHandle } from "../connection/connection.ts";
import type { ManagedConnection } from "../connection/managed-connection.ts";
import type { ManagerContext } from "../manager-context.ts";
import type { Settings } from "../options/manager-options.ts";
import type { ConnectOptions } from "../options/operation-options.ts";
import type { Channel } from "../ports/channel.ts";
import type { ErrorCode } from "../ports/error-code.ts";
import type { OpenRequest } from "../ports/transport.ts";
import { TransportError } from "../ports/transport-error.ts";
import type { Failure, Result } from "../result.ts";
import type { Deadline } from "../time/deadlines.ts";
import type { ConnectData } from "../web-socket-manager.ts";
import { type Address, parseAddress } from "./address.ts";
import type { FailureDetails, Operation } from "./operation.ts";

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
  if ("error" in request) return request;
  const opened = await open(context, operation, request);
  if ("error" in opened) return opened;
  const connection = new ConnectionHandle(opened);
  return operation.succeed({ connection, url: connection.url, correlationId: operation.correlationId });
}

/** @throws TypeError for headers on a transport that cannot send them. */
export function checkHeaderSupport({ transport }: Settings, { headers = {} }: ConnectOptions): void {
  const { capabilities } = transport;
  if (capabilities.headers || Object.keys(headers).length === 0) return;
  throw new TypeError(`headers: the transport ${capabilities.name} cannot send any on this runtime`);
}

/** What a connect or a request will open. */
export function connectRequest(
  operation: Operation,
  { transport, codec, timeoutMs }: Settings,
  url: unknown,
  options: ConnectOptions,
): ConnectRequest | Failure {
  const parsed = parseAddress(url);
  if (!parsed.ok) return invalidUrl(operation, parsed.problem);
  const { address } = parsed;
  const { name, headers: sendsHeaders } = transport.capabilities;
  if (address.authorization !== undefined && !sendsHeaders) {
    return invalidUrl(operation, `the transport ${name} cannot send its credentials`);
  }
  const { headers, protocols = [] } = options;
  return {
    address,
    // Copies: what the caller changes before the handshake is sent was not meant for it.
    headers: withCredentials(headers === undefined ? {} : { ...headers }, address),
    protocols: typeof protocols === "string" ? [protocols] : [...protocols],
    codec: options.codec === undefined ? codec : resolveCodec(options.codec),
    timeoutMs: options.timeoutMs ?? timeoutMs,
    signal: options.signal,
  };
}

function invalidUrl(operation: Operation, problem: string): Failure {
  return operation.fail("INVALID_URL", "connect", `The URL cannot be dialled: ${problem}`);
}

/** A header that the caller set goes before the URL's userinfo. */
function withCredentials(
  headers: Readonly<Record<string, string>>,
  { authorization }: Address,
): Readonly<Record<string, string>> {
  const given = Object.keys(headers).some((name) => name.toLowerCase() === "authorization");
  return authorization === undefined || given ? headers : { ...headers, authorization };
}

/** Opens a connection within the operation's deadline, or leaves nothing open. */
export function open(
  context: ManagerContext,
  operation: Operation,
  request: ConnectRequest,
): Promise<ManagedConnection | Failure> {
  return new Promise((resolve) => new ConnectAttempt(context, operation, request, resolve).start());
}

class ConnectAttempt implements Deadline {
  atMs = 0;
  index = -1;
  readonly #context: ManagerContext;
  readonly #operation: Operation;
  readonly #request: ConnectRequest;
  readonly #resolve: (outcome: ManagedConnection | Failure) => void;
  readonly #connection: ManagedConnection;
  readonly #attempt: AbortController = new AbortController();
  #settled = false;
  #stopHearingDisposal: () => void = () => {};

  constructor(
    context: ManagerContext,
    operation: Operation,
    request: ConnectRequest,
    resolve: (outcome: ManagedConnection | Failure) => void,
  ) {
    this.#context = context;
    this.#operation = operation;
    this.#request = request;
    this.#resolve = resolve;
    this.#connection = context.connections.prepare(request.address.redacted, request.codec);
    operation.locate(request.address.redacted, undefined);
  }

  start(): void {
    const { signal, timeoutMs } = this.#request;
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
      `No connection within ${this.#request.timeoutMs} ms; raise timeoutMs or check the peer`,
    );
  }

  readonly #abort = (): void =>
    this.#giveUp("ABORTED", "The signal was aborted while connecting", this.#request.signal?.reason);

  /** An async function, so that a transport that throws at once rejects too. */
  async #dial(): Promise<Channel> {
    const { address, headers, protocols } = this.#request;
    const { transport, maxMessageBytes } = this.#context.settings;
    const { signal } = this.#attempt;
    const { id: operationId } = this.#operation;
    const opening: OpenRequest = {
      url: address.href,
      headers,
      protocols,
      maxMessageBytes,
      signal,
      operationId,
    };
    return transport.open(opening, this.#connection);
  }

  #opened(channel: Channel): void {
    if (this.#settled) {
      destroy(channel);
    } else if (!isChannel(channel)) {
      this.#failed(new TypeError("the transport opened something that is no channel"));
    } else {
      this.#finish();
      this.#operation.locate(this.#connection.url, this.#connection.id);
      this.#connection.attach(channel, this.#operation.correlationId);
      this.#resolve(this.#connection);
    }
  }

  #failed(error: unknown): void {
    if (this.#settled) return;
    this.#finish();
    const url = this.#request.address.redacted;
    const { code, details, message } = describe(error);
    const failure = this.#operation.fail(code, "connect", `Could not connect to ${url}${message}`, {
      url,
      ...details,
    });
    this.#resolve(failure);
  }

  #giveUp(code: "ABORTED" | "CONNECT_TIMEOUT" | "DISPOSED", message: string, cause?: unknown): void {
    if (this.#settled) return;
    this.#finish();
    this.#attempt.abort();
    const url = this.#request.address.redacted;
    this.#resolve(this.#operation.fail(code, "connect", message, { url, cause }));
  }

  #finish(): void {
    this.#settled = true;
    this.#context.deadlines.remove(this);
    this.#request.signal?.removeEventListener("abort", this.#abort);
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

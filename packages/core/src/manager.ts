import { Admission } from "./admission/admission.ts";
import type { AdmissionBounds } from "./admission/admission-request.ts";
import { anywhere, type OperationTarget } from "./admission/limiters.ts";
import { Permit } from "./admission/permit.ts";
import { failByDisposal, refuseByLimiterFailure } from "./admission/refusals.ts";
import type { ManagedConnection } from "./connection/managed-connection.ts";
import { internalsKey, type ManagerParts, type WithInternals } from "./internal/manager-parts.ts";
import { ManagerContext } from "./manager-context.ts";
import { parseAddress } from "./operations/address.ts";
import { close, release } from "./operations/close.ts";
import { checkHeaderSupport, connect } from "./operations/connect.ts";
import { executeOperation } from "./operations/execute.ts";
import type { Operation } from "./operations/operation.ts";
import { receive } from "./operations/receive.ts";
import { request } from "./operations/request.ts";
import { send } from "./operations/send.ts";
import { none } from "./options/checks.ts";
import { type ManagerOptions, resolveSettings } from "./options/manager-options.ts";
import {
  type CloseOptions,
  type ConnectOptions,
  checkOperation,
  type ReceiveOptions,
  type RequestOptions,
  type ResetOptions,
  type SendOptions,
} from "./options/operation-options.ts";
import type { OperationName } from "./ports/stats-sink.ts";
import type { Failure, Result } from "./result.ts";
import type {
  CloseData,
  ConnectData,
  ExecuteParameters,
  OperationData,
  ResponseData,
  SendData,
  Stats,
  WebSocketManager,
} from "./web-socket-manager.ts";

/**
 * A manager on the given transport. Several may live side by side; each has its own limiter, counters and connections.
 *
 * @throws TypeError for an unknown option, one of the wrong type, or a missing transport.
 */
export function createWebSocketManager(options: ManagerOptions): WebSocketManager {
  return new Manager(options);
}

type RunOptions = AdmissionBounds & { readonly correlationId?: string | undefined };

type Answer<Data> = Result<Data> | Promise<Result<Data>>;

class Manager implements WebSocketManager, WithInternals {
  readonly #context: ManagerContext;
  readonly #admission: Admission;
  declare readonly [internalsKey]: ManagerParts;
  #disposed = false;
  #disposal: Promise<void> | undefined;

  constructor(options: ManagerOptions) {
    this.#context = new ManagerContext(resolveSettings(options), (connection) => this.#release(connection));
    this.#admission = new Admission(this.#context);
    const parts: ManagerParts = { context: this.#context, admission: this.#admission };
    // Not a member of the class: bundlers would keep the class in programs that do not use it.
    Object.defineProperty(this, internalsKey, { value: parts });
  }

  get disposed(): boolean {
    return this.#disposed;
  }

  connect(url: unknown, options: ConnectOptions = none): Promise<Result<ConnectData>> {
    return this.#runTo("connect", 1, url, options, (operation) =>
      connect(this.#context, operation, url, options),
    );
  }

  send(connection: unknown, message: unknown, options: SendOptions = none): Promise<Result<SendData>> {
    checkOperation("send", options);
    return this.#runOn("send", connection, options, (operation, own) => send(operation, own, message));
  }

  receive(connection: unknown, options: ReceiveOptions = none): Promise<Result<ResponseData>> {
    checkOperation("receive", options);
    const { timeoutMs = this.#context.settings.timeoutMs, signal } = options;
    return this.#runOn("receive", connection, options, (operation, own) =>
      receive(operation, own, { timeoutMs, signal, match: undefined, sent: "no" }),
    );
  }

  close(connection: unknown, options: CloseOptions = none): Promise<Result<CloseData>> {
    checkOperation("close", options);
    const {
      code = 1000,
      reason = "",
      timeoutMs = this.#context.settings.closeTimeoutMs,
      correlationId,
    } = options;
    return this.#runOn("close", connection, { correlationId }, (operation, own) =>
      close(operation, own, { code, reason, timeoutMs }),
    );
  }

  request(url: unknown, message: unknown, options: RequestOptions = none): Promise<Result<ResponseData>> {
    return this.#runTo("request", 4, url, options, (operation) =>
      request(this.#context, operation, url, message, options),
    );
  }

  getStats(): Stats {
    const { used, limit, windowMs } = this.#admission.usage();
    return {
      ...this.#context.recorder.counters(),
      currentRateLimitSize: used,
      maxRateLimit: limit,
      rateLimitWindowMs: windowMs,
    };
  }

  reset(options: ResetOptions = none): Promise<boolean> {
    return this.#reset(options).then(({ success }) => success);
  }

  execute<Name extends OperationName>(
    operation: Name,
    ...parameters: ExecuteParameters<Name>
  ): Promise<Result<OperationData[Name]>>;
  execute<Name extends string>(
    operation: string extends Name ? Name : never,
    parameters?: unknown,
  ): Promise<Result<OperationData[OperationName]>>;
  execute(operation: string, parameters: unknown = none): Promise<Result<OperationData[OperationName]>> {
    const reset = (options: ResetOptions): Promise<Result<OperationData["reset"]>> => this.#reset(options);
    return executeOperation(this, this.#context, reset, operation, parameters);
  }

  dispose(): Promise<void> {
    // Marked first: ending what is under way calls sinks and callers back.
    this.#disposed = true;
    this.#disposal ??= Promise.resolve().then(() => this.#context.dispose());
    return this.#disposal;
  }

  [Symbol.asyncDispose](): Promise<void> {
    return this.dispose();
  }

  #reset(options: ResetOptions): Promise<Result<OperationData["reset"]>> {
    checkOperation("reset", options);
    const { recorder, settings } = this.#context;
    return this.#run("reset", 1, options, anywhere, async (operation) => {
      try {
        await settings.rateLimiter.reset();
      } catch (cause) {
        return refuseByLimiterFailure(operation, cause);
      }
      recorder.reset();
      this.#admission.queue.retry();
      return operation.succeed({ correlationId: operation.correlationId }, "admission");
    });
  }

  #run<Data>(
    name: OperationName,
    cost: number,
    options: RunOptions,
    target: OperationTarget,
    act: (operation: Operation) => Answer<Data>,
  ): Promise<Result<Data>> {
    const operation = this.#context.begin(name, options.correlationId);
    operation.locate(target.url, undefined);
    return this.#admit(operation, cost, options, target, act);
  }

  /** An operation that opens a connection. */
  #runTo<Data>(
    name: "connect" | "request",
    cost: number,
    url: unknown,
    options: ConnectOptions,
    act: (operation: Operation) => Answer<Data>,
  ): Promise<Result<Data>> {
    checkOperation(name, options);
    checkHeaderSupport(this.#context.settings, options);
    // Read only where the limits of servers need it: whether a URL can be dialled is found out after the admission.
    const address = this.#admission.limiters.perServer ? parseAddress(url) : "";
    const target = typeof address === "string" ? anywhere : { action: name, url: address.redacted };
    return this.#run(name, cost, options, target, act);
  }

  /** An operation on a connection, which must be one of this manager's. */
  #runOn<Data>(
    name: "send" | "receive" | "close",
    handle: unknown,
    options: RunOptions,
    act: (operation: Operation, connection: ManagedConnection) => Answer<Data>,
  ): Promise<Result<Data>> {
    const operation = this.#context.begin(name, options.correlationId);
    const connection = this.#context.find(handle);
    operation.locate(connection?.url, connection?.id);
    const perServer = name === "send" && this.#admission.limiters.perServer;
    const target = perServer ? ({ action: "message", url: connection?.url } as const) : anywhere;
    return this.#admit(operation, 1, options, target, () =>
      connection === undefined
        ? operation.fail("NO_CONNECTION", name, "That is not a connection of this manager")
        : act(operation, connection),
    );
  }

  /** Admit, act, answer. Nothing is awaited where the limiter and the operation answer at once. */
  #admit<Data>(
    operation: Operation,
    cost: number,
    options: RunOptions,
    target: OperationTarget,
    act: (operation: Operation) => Answer<Data>,
  ): Promise<Result<Data>> {
    if (this.#disposed) return Promise.resolve(failByDisposal(operation, "admission"));
    const admission = this.#admission.ask(operation, cost, options, target);
    return admission instanceof Promise
      ? admission.then((late) => this.#act(operation, late, act))
      : Promise.resolve(this.#act(operation, admission, act));
  }

  /** Between the permit and here the manager may have been disposed of. */
  #act<Data>(
    operation: Operation,
    admission: Permit | Failure,
    act: (operation: Operation) => Answer<Data>,
  ): Answer<Data> {
    if (!(admission instanceof Permit)) return admission;
    if (this.#disposed) {
      admission.giveBack();
      return failByDisposal(operation, "admission");
    }
    operation.start(admission.source);
    return act(operation);
  }

  async #release(connection: ManagedConnection): Promise<void> {
    if (connection.end !== undefined) return;
    this.#admission.count(1, anywhere);
    await release(connection);
  }
}

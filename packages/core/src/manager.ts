import { Admission } from "./admission/admission.ts";
import { anywhere, type OperationTarget, type ServerAction } from "./admission/limiters.ts";
import { refusals } from "./admission/refusals.ts";
import type { Connection } from "./connection/connection.ts";
import { Connections } from "./connection/connections.ts";
import type { ManagedConnection } from "./connection/managed-connection.ts";
import { internalsKey, type ManagerParts, type WithInternals } from "./internal/manager-parts.ts";
import type { ManagerContext } from "./manager-context.ts";
import { parseAddress } from "./operations/address.ts";
import { close, release } from "./operations/close.ts";
import { checkHeaderSupport, connect } from "./operations/connect.ts";
import { executeOperation } from "./operations/execute.ts";
import { receive } from "./operations/receive.ts";
import { request } from "./operations/request.ts";
import { Runner } from "./operations/runner.ts";
import { send } from "./operations/send.ts";
import { none } from "./options/checks.ts";
import { type ManagerOptions, resolveSettings, type Settings } from "./options/manager-options.ts";
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
import type { Result } from "./result.ts";
import { Recorder } from "./stats/recorder.ts";
import { Deadlines } from "./time/deadlines.ts";
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
  return new Manager(resolveSettings(options));
}

class Manager implements WebSocketManager, WithInternals {
  readonly #settings: Settings;
  readonly #recorder: Recorder;
  readonly #context: ManagerContext;
  readonly #connections: Connections;
  readonly #admission: Admission;
  readonly #runner: Runner;
  readonly #disposers: Set<() => void> = new Set();
  #disposed = false;
  #disposal: Promise<void> | undefined;

  constructor(settings: Settings) {
    const { clock, inbox, statsSink, transport } = settings;
    const idPrefix = Math.random().toString(36).slice(2, 8);
    const deadlines = new Deadlines(clock);
    this.#settings = settings;
    this.#recorder = new Recorder(statsSink, clock);
    this.#connections = new Connections({
      idPrefix,
      recorder: this.#recorder,
      deadlines,
      inbox,
      capabilities: transport.capabilities,
      release: (connection) => this.#release(connection),
    });
    this.#context = {
      settings,
      deadlines,
      recorder: this.#recorder,
      connections: this.#connections,
      onDispose: (run) => {
        this.#disposers.add(run);
        return () => this.#disposers.delete(run);
      },
    };
    this.#admission = new Admission(this.#context);
    this.#runner = new Runner(this.#context, this.#admission, idPrefix, () => this.#disposed);
  }

  get [internalsKey](): ManagerParts {
    return { context: this.#context, admission: this.#admission, runner: this.#runner };
  }

  get disposed(): boolean {
    return this.#disposed;
  }

  connect(url: unknown, options: ConnectOptions = none): Promise<Result<ConnectData>> {
    checkOperation.connect(options);
    checkHeaderSupport(this.#settings, options);
    return this.#runner.run("connect", 1, options, this.#target("connect", url), (operation) =>
      connect(this.#context, operation, url, options),
    );
  }

  send(connection: unknown, message: unknown, options: SendOptions = none): Promise<Result<SendData>> {
    checkOperation.send(options);
    return this.#runner.runOn("send", connection, options, (operation, own) =>
      send(this.#context, operation, own, message),
    );
  }

  receive(connection: unknown, options: ReceiveOptions = none): Promise<Result<ResponseData>> {
    checkOperation.receive(options);
    const { timeoutMs = this.#settings.timeoutMs, signal } = options;
    return this.#runner.runOn("receive", connection, options, (operation, own) =>
      receive(this.#context, operation, own, { timeoutMs, signal, match: undefined, sent: "no" }),
    );
  }

  close(connection: unknown, options: CloseOptions = none): Promise<Result<CloseData>> {
    checkOperation.close(options);
    const { code = 1000, reason = "", timeoutMs = this.#settings.closeTimeoutMs, correlationId } = options;
    return this.#runner.runOn("close", connection, { correlationId }, (operation, own) =>
      close(this.#context, operation, own, { code, reason, timeoutMs }),
    );
  }

  request(url: unknown, message: unknown, options: RequestOptions = none): Promise<Result<ResponseData>> {
    checkOperation.request(options);
    checkHeaderSupport(this.#settings, options);
    return this.#runner.run("request", 4, options, this.#target("request", url), (operation) =>
      request(this.#context, operation, url, message, options),
    );
  }

  getStats(): Stats {
    const { used, limit, windowMs } = this.#admission.usage();
    return {
      ...this.#recorder.counters(),
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
    const byId = (id: string): Connection | undefined => this.#connections.byId(id);
    const reset = (options: ResetOptions): Promise<Result<OperationData["reset"]>> => this.#reset(options);
    return executeOperation({ manager: this, byId, reset }, operation, parameters);
  }

  dispose(): Promise<void> {
    // Marked first: ending what is under way calls sinks and callers back.
    this.#disposed = true;
    this.#disposal ??= Promise.resolve().then(() => this.#dispose());
    return this.#disposal;
  }

  [Symbol.asyncDispose](): Promise<void> {
    return this.dispose();
  }

  #reset(options: ResetOptions): Promise<Result<OperationData["reset"]>> {
    checkOperation.reset(options);
    return this.#runner.run("reset", 1, options, anywhere, async (operation) => {
      try {
        await this.#settings.rateLimiter.reset();
      } catch (cause) {
        return refusals.byFailure(operation, cause);
      }
      this.#recorder.reset();
      this.#admission.queue.retry();
      return operation.succeed({ correlationId: operation.correlationId });
    });
  }

  async #dispose(): Promise<void> {
    for (const run of this.#disposers) run();
    await Promise.all(this.#connections.all().map((connection) => this.#release(connection)));
  }

  async #release(connection: ManagedConnection): Promise<void> {
    if (connection.end !== undefined) return;
    this.#admission.count(1, anywhere);
    await release(this.#context, connection);
  }

  /** Read only where the limits of servers need it: whether a URL can be dialled is found out after the admission. */
  #target(action: ServerAction, url: unknown): OperationTarget {
    if (!this.#admission.limiters.perServer) return anywhere;
    const parsed = parseAddress(url);
    return parsed.ok ? { action, url: parsed.address.redacted } : anywhere;
  }
}

import { Admission } from "./admission/admission.ts";
import { anywhere, type OperationTarget, refused } from "./admission/refusals.ts";
import type { ServerAction } from "./admission/server-limits.ts";
import { type Connection, ConnectionHandle } from "./connection/connection.ts";
import { Connections } from "./connection/connections.ts";
import type { ManagedConnection } from "./connection/managed-connection.ts";
import { createManagerInternals } from "./internal/create-manager-internals.ts";
import { internalsKey, type ManagerInternals, type WithInternals } from "./internal/manager-internals.ts";
import { parseAddress } from "./operations/address.ts";
import { close } from "./operations/close.ts";
import { open } from "./operations/connect.ts";
import type { ManagerContext } from "./operations/context.ts";
import { executeOperation } from "./operations/execute.ts";
import { checkCapabilities, plan } from "./operations/plan.ts";
import { receive } from "./operations/receive.ts";
import { request } from "./operations/request.ts";
import { Runner } from "./operations/runner.ts";
import { encode, give } from "./operations/send.ts";
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
    const idPrefix = Math.random().toString(36).slice(2, 8);
    this.#settings = settings;
    this.#recorder = new Recorder(settings.statsSink, settings.clock);
    this.#connections = new Connections({
      idPrefix,
      recorder: this.#recorder,
      inbox: settings.inbox,
      canPause: settings.transport.capabilities.pause,
      release: (connection) => this.#release(connection),
    });
    this.#context = {
      settings,
      deadlines: new Deadlines(settings.clock),
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

  get [internalsKey](): ManagerInternals {
    return createManagerInternals(this.#context, this.#admission, this.#runner);
  }

  get disposed(): boolean {
    return this.#disposed;
  }

  connect(url: unknown, options: ConnectOptions = none): Promise<Result<ConnectData>> {
    checkOperation.connect(options);
    checkCapabilities(this.#settings, options);
    const target = this.#target("connect", url);
    return this.#runner.run("connect", 1, options, target, async (operation) => {
      const planned = plan(operation, this.#settings, url, options);
      if (!planned.ok) return planned.failure;
      const opened = await open(this.#context, operation, planned.connectRequest);
      if (!opened.ok) return opened.failure;
      const connection = new ConnectionHandle(opened.connection);
      return operation.succeed({ connection, url: connection.url, correlationId: operation.correlationId });
    });
  }

  send(connection: unknown, message: unknown, options: SendOptions = none): Promise<Result<SendData>> {
    checkOperation.send(options);
    return this.#runner.runOn("send", connection, options, (operation, own) => {
      const encoded = encode(operation, own.codec, message);
      if (!encoded.ok) return encoded.failure;
      const failure = give(this.#context, operation, own, encoded.payload, this.#settings.closeTimeoutMs);
      return failure ?? operation.succeed({ correlationId: operation.correlationId });
    });
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
    return this.#runner.runOn("close", connection, { correlationId }, async (operation, own) => {
      const end = await close(this.#context, own, { code, reason, timeoutMs });
      if (end === undefined) {
        const message = "The transport did not confirm the end; the connection is given up";
        return operation.fail("CLOSE_FAILED", "close", message, { url: own.url });
      }
      const { code: closeCode, reason: closeReason, clean } = end;
      return operation.succeed({
        code: closeCode,
        reason: closeReason,
        clean,
        correlationId: operation.correlationId,
      });
    });
  }

  request(url: unknown, message: unknown, options: RequestOptions = none): Promise<Result<ResponseData>> {
    checkOperation.request(options);
    checkCapabilities(this.#settings, options);
    const target = this.#target("request", url);
    return this.#runner.run("request", 4, options, target, (operation) => {
      const planned = plan(operation, this.#settings, url, options);
      if (!planned.ok) return planned.failure;
      return request(this.#context, operation, message, { ...planned.connectRequest, match: options.match });
    });
  }

  getStats(): Stats {
    const { used, limit, windowMs } = this.#admission.usage();
    return {
      ...this.#recorder.statistics.snapshot(),
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
        return refused.byFailure(operation, cause);
      }
      this.#recorder.reset();
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
    await close(this.#context, connection, {
      code: 1000,
      reason: "",
      timeoutMs: this.#settings.closeTimeoutMs,
    });
  }

  /** Read only where the limits of servers need it: whether a URL can be dialled is found out after the admission. */
  #target(action: ServerAction, url: unknown): OperationTarget {
    if (!this.#admission.targeted) return anywhere;
    const parsed = parseAddress(url);
    return parsed.ok ? { action, url: parsed.address.redacted } : anywhere;
  }
}

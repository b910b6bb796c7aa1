import { type Connection, ConnectionHandle } from "./connection.ts";
import { Connections } from "./connections.ts";
import { Deadlines } from "./deadlines.ts";
import { executeOperation } from "./execute.ts";
import { createFoundation } from "./foundation/create-foundation.ts";
import { type Foundation, type Founded, foundationKey } from "./foundation/foundation.ts";
import type { ManagedConnection } from "./managed-connection.ts";
import { Admission } from "./operations/admission.ts";
import { close } from "./operations/closing.ts";
import type { Context } from "./operations/context.ts";
import { open } from "./operations/opening.ts";
import { Operation } from "./operations/operation.ts";
import { checkCapabilities, plan } from "./operations/planning.ts";
import { receive } from "./operations/receiving.ts";
import { type Refusal, refused, type WaitBounds } from "./operations/refusal.ts";
import { request } from "./operations/requesting.ts";
import { encode, give } from "./operations/sending.ts";
import { none } from "./options/checks.ts";
import {
  type CloseOptions,
  type ConnectOptions,
  checkOperation,
  type ReceiveOptions,
  type RequestOptions,
  type ResetOptions,
  type SendOptions,
} from "./options/operation-options.ts";
import { type ManagerOptions, resolveSettings, type Settings } from "./options/settings.ts";
import type { CountedName, OperationName } from "./ports/stats-sink.ts";
import { Recorder } from "./recorder.ts";
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
  return new Manager(resolveSettings(options));
}

type Bounds = WaitBounds & { readonly correlationId?: string | undefined };

type Answer<Data> = Result<Data> | Promise<Result<Data>>;

class Manager implements WebSocketManager, Founded {
  readonly #settings: Settings;
  readonly #recorder: Recorder;
  readonly #context: Context;
  readonly #connections: Connections;
  readonly #admission: Admission;
  readonly #disposers: Set<() => void> = new Set();
  readonly #idPrefix: string = Math.random().toString(36).slice(2, 8);
  #operationsMade = 0;
  #disposed = false;
  #disposal: Promise<void> | undefined;

  constructor(settings: Settings) {
    this.#settings = settings;
    this.#recorder = new Recorder(settings.statsSink);
    this.#connections = new Connections({
      idPrefix: this.#idPrefix,
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
  }

  get [foundationKey](): Foundation {
    return createFoundation(this.#context, this.#admission, (name, given) => this.#begin(name, given));
  }

  get disposed(): boolean {
    return this.#disposed;
  }

  connect(url: unknown, options: ConnectOptions = none): Promise<Result<ConnectData>> {
    checkOperation.connect(options);
    checkCapabilities(this.#settings, options);
    return this.#run("connect", 1, options, async (operation) => {
      const planned = plan(operation, this.#settings, url, options);
      if (!planned.ok) return planned.failure;
      const opened = await open(this.#context, operation, planned.opening);
      if (!opened.ok) return opened.failure;
      const connection = new ConnectionHandle(opened.connection);
      return operation.succeed({ connection, url: connection.url, correlationId: operation.correlationId });
    });
  }

  send(connection: unknown, message: unknown, options: SendOptions = none): Promise<Result<SendData>> {
    checkOperation.send(options);
    return this.#runOn("send", connection, options, (operation, own) => {
      const encoded = encode(operation, own.codec, message);
      if (!encoded.ok) return encoded.failure;
      const failure = give(this.#context, operation, own, encoded.payload, this.#settings.closeTimeoutMs);
      return failure ?? operation.succeed({ correlationId: operation.correlationId });
    });
  }

  receive(connection: unknown, options: ReceiveOptions = none): Promise<Result<ResponseData>> {
    checkOperation.receive(options);
    const { timeoutMs = this.#settings.timeoutMs, signal } = options;
    return this.#runOn("receive", connection, options, (operation, own) =>
      receive(this.#context, operation, own, { timeoutMs, signal, match: undefined, sent: "no" }),
    );
  }

  close(connection: unknown, options: CloseOptions = none): Promise<Result<CloseData>> {
    checkOperation.close(options);
    const { code = 1000, reason = "", timeoutMs = this.#settings.closeTimeoutMs, correlationId } = options;
    return this.#runOn("close", connection, { correlationId }, async (operation, own) => {
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
    return this.#run("request", 4, options, (operation) => {
      const planned = plan(operation, this.#settings, url, options);
      if (!planned.ok) return planned.failure;
      return request(this.#context, operation, message, { ...planned.opening, match: options.match });
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
    return this.#run("reset", 1, options, async (operation) => {
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
    this.#admission.count(1);
    await close(this.#context, connection, {
      code: 1000,
      reason: "",
      timeoutMs: this.#settings.closeTimeoutMs,
    });
  }

  #runOn<Data>(
    name: OperationName,
    handle: unknown,
    options: Bounds,
    act: (operation: Operation, connection: ManagedConnection) => Answer<Data>,
  ): Promise<Result<Data>> {
    const operation = this.#begin(name, options.correlationId);
    const refusal = this.#admit(operation, 1, options);
    if (refusal === undefined) return settled(this.#actOn(operation, handle, act));
    return this.#whenAdmitted(refusal, operation, () => this.#actOn(operation, handle, act));
  }

  #actOn<Data>(
    operation: Operation,
    handle: unknown,
    act: (operation: Operation, connection: ManagedConnection) => Answer<Data>,
  ): Answer<Data> {
    operation.start();
    const connection = this.#connections.find(handle);
    if (connection === undefined) {
      const { name } = operation;
      const phase = name === "send" || name === "close" ? name : "receive";
      return operation.fail("NO_CONNECTION", phase, "That is not a connection of this manager");
    }
    operation.connectionId = connection.id;
    return act(operation, connection);
  }

  /** Admit, act, answer. Nothing is awaited where the limiter and the operation answer at once. */
  #run<Data>(
    name: OperationName,
    cost: number,
    options: Bounds,
    act: (operation: Operation) => Answer<Data>,
  ): Promise<Result<Data>> {
    const operation = this.#begin(name, options.correlationId);
    const refusal = this.#admit(operation, cost, options);
    if (refusal === undefined) return settled(perform(operation, act));
    return this.#whenAdmitted(refusal, operation, () => perform(operation, act));
  }

  #admit(operation: Operation, cost: number, options: Bounds): Refusal | Promise<Refusal> {
    if (this.#disposed) return refused.byDisposal(operation);
    return this.#admission.ask(operation, cost, options);
  }

  #whenAdmitted<Data>(
    refusal: Failure | Promise<Refusal>,
    operation: Operation,
    act: () => Answer<Data>,
  ): Promise<Result<Data>> {
    if (!(refusal instanceof Promise)) return Promise.resolve(refusal);
    return refusal.then((failure) => {
      if (failure !== undefined) return failure;
      return this.#disposed ? refused.byDisposal(operation) : act();
    });
  }

  #begin(name: CountedName, given: string | undefined): Operation {
    this.#operationsMade += 1;
    const correlationId = given ?? `${this.#idPrefix}-${this.#operationsMade}`;
    return new Operation(name, correlationId, this.#settings.clock.now(), this.#recorder);
  }
}

function perform<Data>(operation: Operation, act: (operation: Operation) => Answer<Data>): Answer<Data> {
  operation.start();
  return act(operation);
}

function settled<Data>(answer: Answer<Data>): Promise<Result<Data>> {
  return answer instanceof Promise ? answer : Promise.resolve(answer);
}

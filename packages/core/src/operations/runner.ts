import type { Admission } from "../admission/admission.ts";
import {
  type AdmissionBounds,
  anywhere,
  type OperationTarget,
  type Refusal,
  refused,
} from "../admission/refusals.ts";
import type { ManagedConnection } from "../connection/managed-connection.ts";
import type { CountedName, OperationName } from "../ports/stats-sink.ts";
import type { Failure, Result } from "../result.ts";
import type { ManagerContext } from "./context.ts";
import { Operation } from "./operation.ts";

export type Bounds = AdmissionBounds & { readonly correlationId?: string | undefined };

export type Answer<Data> = Result<Data> | Promise<Result<Data>>;

/** Admit, act, answer. Nothing is awaited where the limiter and the operation answer at once. */
export class Runner {
  readonly #context: ManagerContext;
  readonly #admission: Admission;
  readonly #idPrefix: string;
  readonly #disposed: () => boolean;
  #operationsMade = 0;

  constructor(context: ManagerContext, admission: Admission, idPrefix: string, disposed: () => boolean) {
    this.#context = context;
    this.#admission = admission;
    this.#idPrefix = idPrefix;
    this.#disposed = disposed;
  }

  /** A new operation; the clock is read here. */
  begin(name: CountedName, given: string | undefined, method?: string): Operation {
    this.#operationsMade += 1;
    const correlationId = given ?? `${this.#idPrefix}-${this.#operationsMade}`;
    const { settings, recorder } = this.#context;
    return new Operation(name, correlationId, settings.clock.now(), recorder, method);
  }

  run<Data>(
    name: OperationName,
    cost: number,
    options: Bounds,
    target: OperationTarget,
    act: (operation: Operation) => Answer<Data>,
  ): Promise<Result<Data>> {
    const operation = this.begin(name, options.correlationId);
    const refusal = this.#admit(operation, cost, options, target);
    if (refusal === undefined) return settled(perform(operation, act));
    return this.#whenAdmitted(refusal, operation, () => perform(operation, act));
  }

  /** An operation on a connection, which must be one of this manager's. */
  runOn<Data>(
    name: "send" | "receive" | "close",
    handle: unknown,
    options: Bounds,
    act: (operation: Operation, connection: ManagedConnection) => Answer<Data>,
  ): Promise<Result<Data>> {
    const operation = this.begin(name, options.correlationId);
    const connection = this.#context.connections.find(handle);
    operation.connectionId = connection?.id;
    operation.url = connection?.url;
    const targeted = name === "send" && this.#admission.targeted;
    const target: OperationTarget = targeted ? { action: "message", url: connection?.url } : anywhere;
    const refusal = this.#admit(operation, 1, options, target);
    if (refusal === undefined) return settled(this.#actOn(operation, connection, act));
    return this.#whenAdmitted(refusal, operation, () => this.#actOn(operation, connection, act));
  }

  #actOn<Data>(
    operation: Operation,
    connection: ManagedConnection | undefined,
    act: (operation: Operation, connection: ManagedConnection) => Answer<Data>,
  ): Answer<Data> {
    operation.start();
    if (connection !== undefined) return act(operation, connection);
    const { name } = operation;
    const phase = name === "send" || name === "close" ? name : "receive";
    return operation.fail("NO_CONNECTION", phase, "That is not a connection of this manager");
  }

  #admit(
    operation: Operation,
    cost: number,
    options: Bounds,
    target: OperationTarget,
  ): Refusal | Promise<Refusal> {
    if (this.#disposed()) return refused.byDisposal(operation);
    return this.#admission.ask(operation, cost, options, target);
  }

  #whenAdmitted<Data>(
    refusal: Failure | Promise<Refusal>,
    operation: Operation,
    act: () => Answer<Data>,
  ): Promise<Result<Data>> {
    if (!(refusal instanceof Promise)) return Promise.resolve(refusal);
    return refusal.then((failure) => {
      if (failure !== undefined) return failure;
      if (!this.#disposed()) return act();
      operation.refund();
      return refused.byDisposal(operation);
    });
  }
}

function perform<Data>(operation: Operation, act: (operation: Operation) => Answer<Data>): Answer<Data> {
  operation.start();
  return act(operation);
}

function settled<Data>(answer: Answer<Data>): Promise<Result<Data>> {
  return answer instanceof Promise ? answer : Promise.resolve(answer);
}

import type { Admission } from "../admission/admission.ts";
import type { AdmissionBounds } from "../admission/admission-request.ts";
import { anywhere, type OperationTarget } from "../admission/limiters.ts";
import { Permit } from "../admission/permit.ts";
import { refusals } from "../admission/refusals.ts";
import type { ManagedConnection } from "../connection/managed-connection.ts";
import type { ManagerContext } from "../manager-context.ts";
import type { CountedName, OperationName } from "../ports/stats-sink.ts";
import type { Failure, Result } from "../result.ts";
import { Operation } from "./operation.ts";

export type RunOptions = AdmissionBounds & { readonly correlationId?: string | undefined };

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
    options: RunOptions,
    target: OperationTarget,
    act: (operation: Operation) => Answer<Data>,
  ): Promise<Result<Data>> {
    const operation = this.begin(name, options.correlationId);
    if (target.url !== undefined) operation.locate(target.url, undefined);
    return this.#admitted(operation, cost, options, target, act);
  }

  /** An operation on a connection, which must be one of this manager's. */
  runOn<Data>(
    name: "send" | "receive" | "close",
    handle: unknown,
    options: RunOptions,
    act: (operation: Operation, connection: ManagedConnection) => Answer<Data>,
  ): Promise<Result<Data>> {
    const operation = this.begin(name, options.correlationId);
    const connection = this.#context.connections.find(handle);
    operation.locate(connection?.url, connection?.id);
    const perServer = name === "send" && this.#admission.limiters.perServer;
    const target = perServer ? ({ action: "message", url: connection?.url } as const) : anywhere;
    return this.#admitted(operation, 1, options, target, () =>
      connection === undefined
        ? operation.fail("NO_CONNECTION", name, "That is not a connection of this manager")
        : act(operation, connection),
    );
  }

  #admitted<Data>(
    operation: Operation,
    cost: number,
    options: RunOptions,
    target: OperationTarget,
    act: (operation: Operation) => Answer<Data>,
  ): Promise<Result<Data>> {
    if (this.#disposed()) return Promise.resolve(refusals.byDisposal(operation));
    const admission = this.#admission.ask(operation, cost, options, target);
    if (admission instanceof Promise) return admission.then((late) => this.#actLate(operation, late, act));
    const answer = perform(operation, admission, act);
    return answer instanceof Promise ? answer : Promise.resolve(answer);
  }

  /** Between the permit and here the manager may have been disposed of. */
  #actLate<Data>(
    operation: Operation,
    admission: Permit | Failure,
    act: (operation: Operation) => Answer<Data>,
  ): Answer<Data> {
    if (!(admission instanceof Permit) || !this.#disposed()) return perform(operation, admission, act);
    admission.giveBack();
    return refusals.byDisposal(operation);
  }
}

function perform<Data>(
  operation: Operation,
  admission: Permit | Failure,
  act: (operation: Operation) => Answer<Data>,
): Answer<Data> {
  if (!(admission instanceof Permit)) return admission;
  operation.start(admission.source);
  return act(operation);
}

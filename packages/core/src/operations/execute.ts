import type { Connection } from "../connection/connection.ts";
import type {
  CloseOptions,
  ConnectOptions,
  ReceiveOptions,
  RequestOptions,
  SendOptions,
} from "../options/operation-options.ts";
import { checkOperation, type ResetOptions } from "../options/operation-options.ts";
import type { OperationName } from "../ports/stats-sink.ts";
import { type Result, success } from "../result.ts";
import type {
  CloseData,
  ConnectData,
  OperationData,
  ResponseData,
  SendData,
  Stats,
} from "../web-socket-manager.ts";

/** A manager as seen from here: what is no option is judged by the operation itself. */
interface Operations {
  connect(url: unknown, options: ConnectOptions): Promise<Result<ConnectData>>;
  send(connection: unknown, message: unknown, options: SendOptions): Promise<Result<SendData>>;
  receive(connection: unknown, options: ReceiveOptions): Promise<Result<ResponseData>>;
  close(connection: unknown, options: CloseOptions): Promise<Result<CloseData>>;
  request(url: unknown, message: unknown, options: RequestOptions): Promise<Result<ResponseData>>;
  getStats(): Stats;
}

export interface Executor {
  readonly manager: Operations;
  /** A handle by its id: what came from outside can name a connection and not hold one. */
  readonly byId: (id: string) => Connection | undefined;
  readonly reset: (options: ResetOptions) => Promise<Result<OperationData["reset"]>>;
}

/** Runs an operation by its name. @throws TypeError for an unknown operation or parameter. */
export function executeOperation(
  { manager, byId, reset }: Executor,
  name: string,
  parameters: unknown,
): Promise<Result<OperationData[OperationName]>> {
  if (typeof parameters !== "object" || parameters === null) {
    throw new TypeError(`execute: the parameters of ${name} must be an object`);
  }
  const { url, connection: handle, message, ...options }: Record<string, unknown> = { ...parameters };
  const connection = typeof handle === "string" ? byId(handle) : handle;
  switch (name) {
    case "connect":
      refuseExtra(name, { connection: handle, message });
      checkOperation.connect(options, ["url"]);
      return manager.connect(url, options);
    case "send":
      refuseExtra(name, { url });
      checkOperation.send(options, ["connection", "message"]);
      return manager.send(connection, message, options);
    case "receive":
      refuseExtra(name, { url, message });
      checkOperation.receive(options, ["connection"]);
      return manager.receive(connection, options);
    case "close":
      refuseExtra(name, { url, message });
      checkOperation.close(options, ["connection"]);
      return manager.close(connection, options);
    case "request":
      refuseExtra(name, { connection: handle });
      checkOperation.request(options, ["url", "message"]);
      return manager.request(url, message, options);
    case "reset":
      refuseExtra(name, { url, connection: handle, message });
      checkOperation.reset(options);
      return reset(options);
    case "getStats":
      refuseExtra(name, { url, connection: handle, message, ...options });
      return Promise.resolve(success(manager.getStats()));
    default:
      throw new TypeError(`execute: unknown operation "${name}"; known are ${operationNames.join(", ")}`);
  }
}

const operationNames: readonly OperationName[] = [
  "connect",
  "send",
  "receive",
  "close",
  "request",
  "getStats",
  "reset",
];

function refuseExtra(operation: OperationName, parameters: Readonly<Record<string, unknown>>): void {
  for (const [name, value] of Object.entries(parameters)) {
    if (value !== undefined) throw new TypeError(`execute: ${operation} takes no parameter "${name}"`);
  }
}

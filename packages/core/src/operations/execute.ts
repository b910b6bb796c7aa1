import type { Connection } from "../connection/connection.ts";
import { checkOptions } from "../options/checks.ts";
import { checkOperation, type ResetOptions } from "../options/operation-options.ts";
import type { OperationName } from "../ports/stats-sink.ts";
import { type Result, success } from "../result.ts";
import type { OperationData, WebSocketManager } from "../web-socket-manager.ts";

/** A manager as seen from here: what is not an option is judged by the operation itself. */
interface Operations extends Pick<WebSocketManager, "getStats"> {
  connect(url: unknown, options: object): Promise<Result<OperationData["connect"]>>;
  send(connection: unknown, message: unknown, options: object): Promise<Result<OperationData["send"]>>;
  receive(connection: unknown, options: object): Promise<Result<OperationData["receive"]>>;
  close(connection: unknown, options: object): Promise<Result<OperationData["close"]>>;
  request(url: unknown, message: unknown, options: object): Promise<Result<OperationData["request"]>>;
}

export interface Executor {
  readonly manager: Operations;
  /** A handle by its id: what comes from outside can name a connection, but not hold one. */
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
  const refuse = (extra: Readonly<Record<string, unknown>>): void => {
    const found = Object.keys(extra).find((key) => extra[key] !== undefined);
    if (found !== undefined) throw new TypeError(`execute: ${name} takes no parameter "${found}"`);
  };
  switch (name) {
    case "connect":
      refuse({ connection: handle, message });
      checkOperation.connect(options, ["url"]);
      return manager.connect(url, options);
    case "send":
      refuse({ url });
      checkOperation.send(options, ["connection", "message"]);
      return manager.send(connection, message, options);
    case "receive":
      refuse({ url, message });
      checkOperation.receive(options, ["connection"]);
      return manager.receive(connection, options);
    case "close":
      refuse({ url, message });
      checkOperation.close(options, ["connection"]);
      return manager.close(connection, options);
    case "request":
      refuse({ connection: handle });
      checkOperation.request(options, ["url", "message"]);
      return manager.request(url, message, options);
    case "reset":
      refuse({ url, connection: handle, message });
      return reset(options);
    case "getStats":
      refuse({ url, connection: handle, message });
      checkOptions(name, {}, options);
      return Promise.resolve(success(manager.getStats()));
    default:
      throw new TypeError(
        `execute: unknown operation "${name}"; known are connect, send, receive, close, request, getStats, reset`,
      );
  }
}

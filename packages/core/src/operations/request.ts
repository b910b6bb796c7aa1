import type { ManagerContext } from "../manager-context.ts";
import type { RequestOptions } from "../options/operation-options.ts";
import type { Result } from "../result.ts";
import type { ResponseData } from "../web-socket-manager.ts";
import { release } from "./close.ts";
import { connectRequest, open } from "./connect.ts";
import type { Operation } from "./operation.ts";
import { receive } from "./receive.ts";
import { encodeMessage, isFailure, sendOrFail } from "./send.ts";

/**
 * The operation `request`: connect, send, receive, close. The message is encoded first, so a message that cannot be encoded opens no connection. It
 * always closes: with a closing handshake after a good exchange; after anything else the socket is destroyed, so that it is
 * never mistaken for one whose replies are in step.
 */
export async function request(
  context: ManagerContext,
  operation: Operation,
  url: unknown,
  message: unknown,
  options: RequestOptions,
): Promise<Result<ResponseData>> {
  const planned = connectRequest(operation, context.settings, url, options);
  if (isFailure(planned)) return planned;
  const payload = encodeMessage(operation, planned.codec, message);
  if (isFailure(payload)) return payload;
  const connection = await open(context, operation, planned);
  if (isFailure(connection)) return connection;
  operation.passed("connect");
  operation.deferEvents();
  const { timeoutMs, signal } = planned;
  /** The closing handshake has what the request left of its time. */
  const closeTimeoutMs = (): number => {
    const leftMs = operation.startedAtMs + timeoutMs - context.recorder.now();
    return Math.min(context.settings.closeTimeoutMs, leftMs);
  };
  const unsent = await sendOrFail(operation, connection, payload, closeTimeoutMs());
  if (unsent === undefined) operation.passed("send");
  const { match } = options;
  const result =
    unsent ?? (await receive(operation, connection, { timeoutMs, signal, match, sent: "maybe" }));
  await release(connection, result.success ? closeTimeoutMs() : 0);
  operation.passed("close");
  operation.flushEvents();
  return result;
}

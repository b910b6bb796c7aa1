import type { ManagerContext } from "../manager-context.ts";
import type { RequestOptions } from "../options/operation-options.ts";
import type { Result } from "../result.ts";
import type { ResponseData } from "../web-socket-manager.ts";
import { release, terminate } from "./close.ts";
import { connectRequest, open } from "./connect.ts";
import type { Operation } from "./operation.ts";
import { receive } from "./receive.ts";
import { encodeMessage, isFailure, sendOrFail } from "./send.ts";

/**
 * The operation `request`: connect, send, receive, close. The message is encoded first, so that a bad one dials nobody. It
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
  operation.deferEvents();
  try {
    return await exchange(context, operation, url, message, options);
  } finally {
    operation.flushEvents();
  }
}

async function exchange(
  context: ManagerContext,
  operation: Operation,
  url: unknown,
  message: unknown,
  options: RequestOptions,
): Promise<Result<ResponseData>> {
  const planned = connectRequest(operation, context.settings, url, options);
  if ("error" in planned) return planned;
  const payload = encodeMessage(operation, planned.codec, message);
  if (isFailure(payload)) return payload;
  const connection = await open(context, operation, planned);
  if ("error" in connection) return connection;
  operation.passed("connect");
  const { timeoutMs, signal } = planned;
  const closeTimeoutMs = (): number => timeLeftToClose(context, operation, timeoutMs);
  const unsent = await sendOrFail(context, operation, connection, payload, closeTimeoutMs());
  if (unsent === undefined) operation.passed("send");
  const receiving = { timeoutMs, signal, match: options.match, sent: "maybe" } as const;
  const result = unsent ?? (await receive(context, operation, connection, receiving));
  await (result.success ? release(context, connection, closeTimeoutMs()) : terminate(context, connection));
  operation.passed("close");
  return result;
}

/** The closing handshake has what the request left of its time. */
function timeLeftToClose(
  { settings }: ManagerContext,
  { startedAtMs }: Operation,
  timeoutMs: number,
): number {
  return Math.min(settings.closeTimeoutMs, startedAtMs + timeoutMs - settings.clock.now());
}

import type { Result } from "../result.ts";
import type { ResponseData } from "../web-socket-manager.ts";
import { close, terminate } from "./close.ts";
import { type ConnectRequest, type Opened, open } from "./connect.ts";
import type { ManagerContext } from "./context.ts";
import type { Operation } from "./operation.ts";
import { receive } from "./receive.ts";
import { encode, give } from "./send.ts";

export interface RequestingOptions extends ConnectRequest {
  readonly match: ((message: unknown) => boolean) | undefined;
}

/**
 * Connect, send, receive, close. The message is encoded first, so that a bad one dials nobody; it always closes:
 * with a closing handshake after a good exchange; after anything else the socket is destroyed, so that it is never
 * mistaken for one whose replies are in step.
 */
export async function request(
  context: ManagerContext,
  operation: Operation,
  message: unknown,
  options: RequestingOptions,
): Promise<Result<ResponseData>> {
  operation.hold();
  try {
    return await exchange(context, operation, message, options);
  } finally {
    operation.tell();
  }
}

async function exchange(
  context: ManagerContext,
  operation: Operation,
  message: unknown,
  options: RequestingOptions,
): Promise<Result<ResponseData>> {
  const encoded = encode(operation, options.codec, message);
  if (!encoded.ok) return encoded.failure;
  const opened: Opened = await open(context, operation, options);
  if (!opened.ok) return opened.failure;
  operation.passed("connect");
  const { connection } = opened;
  const closeTimeoutMs = (): number => timeLeftToClose(context, operation, options.timeoutMs);
  const unsent = await give(context, operation, connection, encoded.payload, closeTimeoutMs());
  if (unsent === undefined) operation.passed("send");
  const result = unsent ?? (await receive(context, operation, connection, { ...options, sent: "maybe" }));
  await (result.success
    ? close(context, connection, { code: 1000, reason: "", timeoutMs: closeTimeoutMs() })
    : terminate(context, connection));
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

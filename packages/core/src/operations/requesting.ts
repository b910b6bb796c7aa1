import type { ManagedConnection } from "../connection.ts";
import type { Result } from "../result.ts";
import type { ResponseData } from "../web-socket-manager.ts";
import { close, terminate } from "./closing.ts";
import type { Context } from "./context.ts";
import { type Opened, type OpeningOptions, open } from "./opening.ts";
import type { Operation } from "./operation.ts";
import { receive } from "./receiving.ts";
import { encode, give } from "./sending.ts";

export interface RequestingOptions extends OpeningOptions {
  readonly match: ((message: unknown) => boolean) | undefined;
}

/** Connect, send, receive, close. The message is encoded first, so that a bad one dials nobody; it always closes. */
export async function request(
  context: Context,
  operation: Operation,
  message: unknown,
  options: RequestingOptions,
): Promise<Result<ResponseData>> {
  const encoded = encode(operation, options.codec, message);
  if (!encoded.ok) return encoded.failure;
  const opened: Opened = await open(context, operation, options);
  if (!opened.ok) return opened.failure;
  const { connection } = opened;
  const result =
    give(context, operation, connection, encoded.payload) ??
    (await receive(context, operation, connection, { ...options, sent: "maybe" }));
  await release(context, operation, connection, options.timeoutMs, result.success);
  return result;
}

/**
 * A good exchange ends with a closing handshake, as far as the request's time allows; after anything else the
 * socket is destroyed, so that it is never mistaken for one whose replies are in step.
 */
async function release(
  context: Context,
  operation: Operation,
  connection: ManagedConnection,
  timeoutMs: number,
  good: boolean,
): Promise<void> {
  if (!good) {
    await terminate(context, connection);
    return;
  }
  const { clock, closeTimeoutMs } = context.settings;
  const leftMs = operation.startedAtMs + timeoutMs - clock.now();
  await close(context, connection, { code: 1000, reason: "", timeoutMs: Math.min(closeTimeoutMs, leftMs) });
}

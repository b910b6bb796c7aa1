import { ignoreRejection } from "../adapter/promise-like.ts";
import { type Codec, InvalidMessage } from "../codec.ts";
import { describeCloseFailure } from "../connection/close-failure.ts";
import type { ManagedConnection } from "../connection/managed-connection.ts";
import { TransportError } from "../ports/transport-error.ts";
import type { Failure } from "../result.ts";
import { close } from "./close.ts";
import type { ManagerContext } from "./context.ts";
import type { Operation } from "./operation.ts";

export type Encoded =
  | { readonly ok: true; readonly payload: string | Uint8Array }
  | { readonly ok: false; readonly failure: Failure };

/** JSON's own TypeError quotes the message's keys, so it is not passed on. */
const unencodable =
  "The codec could not encode the message: a cycle, a BigInt, or an encode or toJSON that throws";

/** Turns a caller's message into what is sent; a bad one is a failure of which nothing was sent. */
export function encode(operation: Operation, codec: Pick<Codec, "encode">, message: unknown): Encoded {
  try {
    const payload: unknown = codec.encode(message);
    if (typeof payload === "string" || payload instanceof Uint8Array) return { ok: true, payload };
    ignoreRejection(payload);
    return {
      ok: false,
      failure: operation.fail("SERIALIZE_FAILED", "send", "The codec's encode gave neither text nor bytes"),
    };
  } catch (cause) {
    const failure =
      cause instanceof InvalidMessage
        ? operation.fail("INVALID_MESSAGE", "send", `The message cannot be sent: ${cause.message}`)
        : operation.fail(
            "SERIALIZE_FAILED",
            "send",
            unencodable,
            cause instanceof TypeError ? {} : { cause },
          );
    return { ok: false, failure };
  }
}

/** Why the socket did not take a payload, of which nothing was sent except perhaps where the transport failed. */
export type SendRejection =
  | { readonly why: "closed" | "too-big" }
  | { readonly why: "full"; readonly bufferedAmount: number }
  | { readonly why: "failed"; readonly error: unknown };

const closed: SendRejection = { why: "closed" };
const tooBig: SendRejection = { why: "too-big" };

/** Hands a payload to the open socket; undefined when it was taken. */
export function trySend(
  { recorder, settings: { maxBufferedBytes } }: ManagerContext,
  connection: ManagedConnection,
  payload: string | Uint8Array,
  correlationId: string,
): SendRejection | undefined {
  const channel = connection.sendable;
  if (channel === undefined) return closed;
  const { bufferedAmount } = channel;
  // UTF-16 units: a lower bound of the bytes, found without encoding twice.
  if (bufferedAmount + payload.length > maxBufferedBytes) {
    return payload.length > maxBufferedBytes ? tooBig : { why: "full", bufferedAmount };
  }
  try {
    channel.send(payload);
  } catch (error) {
    return { why: "failed", error };
  }
  recorder.messageSent(connection, correlationId);
  return undefined;
}

/**
 * Hands an operation's payload to the open socket; undefined when it was taken. A socket that is just being closed is
 * given `closeTimeoutMs` to tell how it ends.
 */
export function give(
  context: ManagerContext,
  operation: Operation,
  connection: ManagedConnection,
  payload: string | Uint8Array,
  closeTimeoutMs: number,
): Failure | Promise<Failure> | undefined {
  const rejection = trySend(context, connection, payload, operation.correlationId);
  if (rejection === undefined) return undefined;
  if (rejection.why !== "failed") return rejectionFailure(context, operation, connection, rejection);
  const closing = TransportError.is(rejection.error) && rejection.error.code === "CONNECTION_CLOSED";
  if (!closing) return rejectionFailure(context, operation, connection, rejection);
  const ended = close(context, connection, { code: 1000, reason: "", timeoutMs: closeTimeoutMs });
  return ended.then(() => closedFailure(operation, connection));
}

/** What an operation fails with whose payload the socket did not take. */
export function rejectionFailure(
  context: ManagerContext,
  operation: Operation,
  connection: ManagedConnection,
  rejection: SendRejection,
): Failure {
  switch (rejection.why) {
    case "closed":
      return closedFailure(operation, connection);
    case "failed":
      return sendFailure(operation, connection, rejection.error);
    default:
      return fullFailure(context, operation, connection, rejection);
  }
}

function closedFailure(operation: Operation, connection: ManagedConnection): Failure {
  const { code, message, details } = describeCloseFailure(connection);
  return operation.fail(code, "send", message, details);
}

function fullFailure(
  { settings: { maxBufferedBytes } }: ManagerContext,
  operation: Operation,
  { url }: ManagedConnection,
  rejection: SendRejection,
): Failure {
  if (rejection.why !== "full") {
    const message = `The message is larger than maxBufferedBytes (${maxBufferedBytes})`;
    return operation.fail("MESSAGE_TOO_BIG", "send", message, { url });
  }
  const message = `${rejection.bufferedAmount} bytes wait unsent, the peer reads too slowly; send again when fewer do`;
  return operation.fail("BACKPRESSURE", "send", message, { url });
}

function sendFailure(operation: Operation, { url }: ManagedConnection, error: unknown): Failure {
  if (TransportError.is(error)) {
    return operation.fail(error.code, "send", error.message, { url, cause: error.cause });
  }
  const message = "The transport failed while sending";
  return operation.fail("SEND_FAILED", "send", message, { url, sent: "maybe", cause: error });
}

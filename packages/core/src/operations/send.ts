import { ignoreRejection } from "../adapter/promise-like.ts";
import { type Codec, InvalidMessage } from "../codec.ts";
import { describeEnd } from "../connection/close-failure.ts";
import type { ManagedConnection } from "../connection/managed-connection.ts";
import { TransportError } from "../ports/transport-error.ts";
import type { Failure } from "../result.ts";
import { close } from "./close.ts";
import type { Context } from "./context.ts";
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
export type Untaken =
  | { readonly why: "closed" | "too-big" }
  | { readonly why: "full"; readonly bufferedAmount: number }
  | { readonly why: "failed"; readonly error: unknown };

const closed: Untaken = { why: "closed" };
const tooBig: Untaken = { why: "too-big" };

/** Hands a payload to the open socket; undefined when it was taken. */
export function hand(
  { recorder, settings: { maxBufferedBytes } }: Context,
  connection: ManagedConnection,
  payload: string | Uint8Array,
  correlationId: string,
): Untaken | undefined {
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
  context: Context,
  operation: Operation,
  connection: ManagedConnection,
  payload: string | Uint8Array,
  closeTimeoutMs: number,
): Failure | Promise<Failure> | undefined {
  const untaken = hand(context, connection, payload, operation.correlationId);
  if (untaken === undefined) return undefined;
  if (untaken.why !== "failed") return untakenFailure(context, operation, connection, untaken);
  const closing = TransportError.is(untaken.error) && untaken.error.code === "CONNECTION_CLOSED";
  if (!closing) return untakenFailure(context, operation, connection, untaken);
  const ended = close(context, connection, { code: 1000, reason: "", timeoutMs: closeTimeoutMs });
  return ended.then(() => closedFailure(operation, connection));
}

/** What an operation fails with whose payload the socket did not take. */
export function untakenFailure(
  context: Context,
  operation: Operation,
  connection: ManagedConnection,
  untaken: Untaken,
): Failure {
  switch (untaken.why) {
    case "closed":
      return closedFailure(operation, connection);
    case "failed":
      return sendFailure(operation, connection, untaken.error);
    default:
      return fullFailure(context, operation, connection, untaken);
  }
}

function closedFailure(operation: Operation, connection: ManagedConnection): Failure {
  const { code, message, details } = describeEnd(connection);
  return operation.fail(code, "send", message, details);
}

function fullFailure(
  { settings: { maxBufferedBytes } }: Context,
  operation: Operation,
  { url }: ManagedConnection,
  untaken: Untaken,
): Failure {
  if (untaken.why !== "full") {
    const message = `The message is larger than maxBufferedBytes (${maxBufferedBytes})`;
    return operation.fail("MESSAGE_TOO_BIG", "send", message, { url });
  }
  const message = `${untaken.bufferedAmount} bytes wait unsent, the peer reads too slowly; send again when fewer do`;
  return operation.fail("BACKPRESSURE", "send", message, { url });
}

function sendFailure(operation: Operation, { url }: ManagedConnection, error: unknown): Failure {
  if (TransportError.is(error)) {
    return operation.fail(error.code, "send", error.message, { url, cause: error.cause });
  }
  const message = "The transport failed while sending";
  return operation.fail("SEND_FAILED", "send", message, { url, sent: "maybe", cause: error });
}

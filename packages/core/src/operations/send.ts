import { type Codec, InvalidMessage } from "../codec.ts";
import { describeCloseFailure } from "../connection/close-failure.ts";
import type { ManagedConnection } from "../connection/managed-connection.ts";
import { TransportError } from "../ports/transport-error.ts";
import type { Failure, Result } from "../result.ts";
import { ignoreRejection } from "../values.ts";
import type { SendData } from "../web-socket-manager.ts";
import { release } from "./close.ts";
import type { Operation } from "./operation.ts";

/** A message as a channel sends it: text, or bytes. */
export type Payload = string | Uint8Array;

/** The operation `send`. */
export function send(
  operation: Operation,
  connection: ManagedConnection,
  message: unknown,
): Result<SendData> | Promise<Result<SendData>> {
  const payload = encodeMessage(operation, connection.codec, message);
  if (isFailure(payload)) return payload;
  return (
    sendOrFail(operation, connection, payload) ??
    operation.succeed({ correlationId: operation.correlationId }, "send")
  );
}

/** The payload of a caller's message. A message that cannot be encoded is a failure of which nothing was sent. */
export function encodeMessage(
  operation: Operation,
  codec: Pick<Codec, "encode">,
  message: unknown,
): Payload | Failure {
  try {
    const payload: unknown = codec.encode(message);
    if (typeof payload === "string" || payload instanceof Uint8Array) return payload;
    ignoreRejection(payload);
    return operation.fail("SERIALIZE_FAILED", "send", "The codec's encode gave neither text nor bytes");
  } catch (cause) {
    if (cause instanceof InvalidMessage) {
      return operation.fail("INVALID_MESSAGE", "send", `The message cannot be sent: ${cause.message}`);
    }
    return operation.fail(
      "SERIALIZE_FAILED",
      "send",
      "The codec could not encode the message: a cycle, a BigInt, or an encode or toJSON that throws",
      // JSON's own TypeError quotes the message's keys, so it is not passed on.
      { cause: cause instanceof TypeError ? undefined : cause },
    );
  }
}

export function isFailure(value: unknown): value is Failure {
  return typeof value === "object" && value !== null && "error" in value;
}

/** Why the socket did not take a payload. Nothing of it was sent, except perhaps where the transport failed. */
export type SendRejection =
  | { readonly why: "closed" | "too-big" }
  | { readonly why: "full"; readonly bufferedAmount: number }
  | { readonly why: "failed"; readonly error: unknown };

/** Gives a payload to the open socket; undefined when the socket took it. */
export function trySend(
  connection: ManagedConnection,
  payload: Payload,
  correlationId: string,
): SendRejection | undefined {
  const { maxBufferedBytes } = connection.host.settings;
  const channel = connection.sendable;
  if (channel === undefined) return { why: "closed" };
  const bufferedAmount = connection.bufferedBytes;
  // UTF-16 units: a lower bound of the bytes, found without encoding twice.
  if (bufferedAmount + payload.length > maxBufferedBytes) {
    return payload.length > maxBufferedBytes ? { why: "too-big" } : { why: "full", bufferedAmount };
  }
  try {
    channel.send(payload);
  } catch (error) {
    return { why: "failed", error };
  }
  connection.host.recorder.messageSent(connection, correlationId);
  return undefined;
}

/**
 * Gives an operation's payload to the open socket; undefined when the socket took it. A socket that is just closing has
 * `closeTimeoutMs` to report how it ends.
 */
export function sendOrFail(
  operation: Operation,
  connection: ManagedConnection,
  payload: Payload,
  closeTimeoutMs?: number,
): Failure | Promise<Failure> | undefined {
  const rejection = trySend(connection, payload, operation.correlationId);
  if (rejection === undefined) return undefined;
  if (!isClosing(rejection)) return rejectionFailure(operation, connection, rejection);
  return release(connection, closeTimeoutMs).then(() =>
    rejectionFailure(operation, connection, { why: "closed" }),
  );
}

/** Whether the transport refused because the socket is just closing. */
export function isClosing(rejection: SendRejection): boolean {
  return (
    rejection.why === "failed" &&
    TransportError.is(rejection.error) &&
    rejection.error.code === "CONNECTION_CLOSED"
  );
}

/** The failure of an operation whose payload the socket did not take. */
export function rejectionFailure(
  operation: Operation,
  connection: ManagedConnection,
  rejection: SendRejection,
): Failure {
  const { host } = connection;
  switch (rejection.why) {
    case "closed": {
      const { code, message, details } = describeCloseFailure(connection);
      return operation.fail(code, "send", message, details);
    }
    case "too-big": {
      const message = `The message is larger than maxBufferedBytes (${host.settings.maxBufferedBytes})`;
      return operation.fail("MESSAGE_TOO_BIG", "send", message);
    }
    case "full": {
      const message = `${rejection.bufferedAmount} bytes wait unsent; await connection.drained(), then send again`;
      return operation.fail("BACKPRESSURE", "send", message);
    }
    case "failed": {
      const { error } = rejection;
      if (TransportError.is(error)) {
        return operation.fail(error.code, "send", error.message, { cause: error.cause });
      }
      const message = "The transport failed while sending";
      return operation.fail("SEND_FAILED", "send", message, { sent: "maybe", cause: error });
    }
  }
}

import { type Codec, InvalidMessage } from "../codec.ts";
import type { ManagedConnection } from "../connection.ts";
import { TransportError } from "../ports/transport-error.ts";
import type { Failure } from "../result.ts";
import type { Context } from "./context.ts";
import { describeEnd } from "./endings.ts";
import type { Operation } from "./operation.ts";

export type Encoded =
  | { readonly ok: true; readonly payload: string | Uint8Array }
  | { readonly ok: false; readonly failure: Failure };

/** JSON's own TypeError quotes the message's keys, so it is not passed on. */
const unencodable =
  "The codec could not encode the message: a cycle, a BigInt, or an encode or toJSON that throws";

/** Turns a caller's message into what is sent; a bad one is a failure of which nothing was sent. */
export function encode(operation: Operation, codec: Codec, message: unknown): Encoded {
  try {
    const payload: unknown = codec.encode(message);
    if (typeof payload === "string" || payload instanceof Uint8Array) return { ok: true, payload };
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

/** Hands a payload to the open socket; undefined when it was taken. */
export function give(
  context: Context,
  operation: Operation,
  connection: ManagedConnection,
  payload: string | Uint8Array,
): Failure | undefined {
  const { url } = connection;
  const channel = connection.sendable;
  if (channel === undefined) {
    const { code, message, details } = describeEnd(connection);
    return operation.fail(code, "send", message, details);
  }
  const { maxBufferedBytes } = context.settings;
  const { bufferedAmount } = channel;
  // UTF-16 units: a lower bound of the bytes, found without encoding twice.
  if (bufferedAmount + payload.length > maxBufferedBytes) {
    if (payload.length > maxBufferedBytes) {
      const message = `The message is larger than maxBufferedBytes (${maxBufferedBytes})`;
      return operation.fail("MESSAGE_TOO_BIG", "send", message, { url });
    }
    const message = `${bufferedAmount} bytes wait unsent, the peer reads too slowly; send again when fewer do`;
    return operation.fail("BACKPRESSURE", "send", message, { url });
  }
  try {
    channel.send(payload);
  } catch (error) {
    if (TransportError.is(error))
      return operation.fail(error.code, "send", error.message, { url, cause: error.cause });
    return operation.fail("SEND_FAILED", "send", "The transport failed while sending", {
      url,
      sent: "maybe",
      cause: error,
    });
  }
  context.recorder.record({
    type: "message-sent",
    connectionId: connection.id,
    correlationId: operation.correlationId,
  });
  return undefined;
}

import { type Connection, isOutsockError, OutsockError } from "@outsock/core";

/** Resolves when the connection has ended: with the error, or with nothing after an ordinary close. */
export async function untilEnd(connection: Connection): Promise<OutsockError | undefined> {
  try {
    for await (const _ of connection);
    return undefined;
  } catch (error) {
    if (isOutsockError(error)) return error;
    throw error;
  }
}

/** The same end, told for messages that the socket took: nobody knows which of them arrived. */
export function undelivered(error: OutsockError, sentCount: number): OutsockError {
  return new OutsockError(error.code, error.message, {
    ...error,
    phase: "close",
    sent: sentCount === 0 ? "no" : "maybe",
    cause: error.cause,
  });
}

/** The server closed before stdin had ended. */
export function cutShort(connection: Connection, closeCode: number, sentCount: number): OutsockError {
  return new OutsockError(
    "CONNECTION_CLOSED",
    `The server closed the connection with code ${closeCode} before everything was sent`,
    {
      phase: "send",
      sent: sentCount === 0 ? "no" : "maybe",
      correlationId: connection.id,
      connectionId: connection.id,
      url: connection.url,
      closeCode,
    },
  );
}

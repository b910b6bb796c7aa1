import { type Connection, OutsockError } from "@outsock/core";

/** Fewer messages came than `--count` wants: the server closed with this code, or without one the time was over. */
export function shortfall(
  { id, url }: Connection,
  printed: number,
  count: number,
  closeCode: number | undefined,
): OutsockError {
  const code = closeCode === undefined ? "RECEIVE_TIMEOUT" : "CONNECTION_CLOSED";
  return new OutsockError(code, `Only ${printed} of ${count} messages came`, {
    phase: "receive",
    sent: "no",
    correlationId: id,
    connectionId: id,
    url,
    closeCode,
  });
}

/** The same where there was no one connection that could have ended. */
export function tooFew(printed: number, count: number): OutsockError {
  const message = `Only ${printed} of ${count} events came`;
  return new OutsockError("RECEIVE_TIMEOUT", message, {
    phase: "receive",
    sent: "no",
    correlationId: "listen",
  });
}

import { type CloseData, type Connection, unwrap, type WebSocketManager } from "@outsock/core";
import { closeTimeoutMs } from "./dialling.ts";

/** Closes a connection within its time, and within a second once interrupted. */
export async function hangUp(
  manager: WebSocketManager,
  connection: Connection,
  timeoutMs: number,
  signal: AbortSignal,
): Promise<CloseData> {
  const hurry = () => {
    // Both calls end together; the shorter time counts.
    void manager.close(connection, { timeoutMs: closeTimeoutMs });
  };
  signal.addEventListener("abort", hurry);
  try {
    return unwrap(
      await manager.close(connection, { timeoutMs: signal.aborted ? closeTimeoutMs : timeoutMs }),
    );
  } finally {
    signal.removeEventListener("abort", hurry);
  }
}

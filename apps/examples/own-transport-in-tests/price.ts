import { isOutsockError, unwrap, type WebSocketManager } from "@outsock/core";

/** The code under test. It takes the manager as an argument, so a test can pass its own. */
export async function priceOf(manager: WebSocketManager, symbol: string): Promise<string> {
  try {
    const { response } = unwrap(
      await manager.request(
        "wss://prices.example.com",
        { symbol },
        { timeoutMs: 3_000, match: (message) => typeof message === "number" },
      ),
    );
    return `${symbol} costs ${response}`;
  } catch (error) {
    if (isOutsockError(error) && error.retryable) return `no price for ${symbol}, try again`;
    throw error;
  }
}

import type { Transport } from "@outsock/core";
import { shape } from "@outsock/core/options";
import { Pool } from "./pool.ts";
import { type PoolOptions, resolvePoolSettings } from "./pool-options.ts";
import type { PoolStats } from "./pool-stats.ts";

/** A transport that keeps connections for those who open the same again. */
export interface PooledTransport extends Transport, AsyncDisposable {
  getStats(): PoolStats;
  /**
   * Closes the idle connections, waiting at most `closeTimeoutMs` for their peers. Connections in use stay open; they end
   * when they are closed. From now on `open` rejects with DISPOSED.
   */
  dispose(): Promise<void>;
}

/**
 * Keeps connections warm: closing a channel gives it back, and opening the same URL with the same headers, subprotocols and
 * message limit takes it again. One pool is for one transport, and so for one set of TLS credentials.
 *
 * A connection is lent again only when all that was sent has been answered, message by message, and nothing else came. It is
 * for servers that answer: with one that greets or pushes, every connection is used once. What a connection has learnt by
 * messages, a login for instance, stays with it; close with a code of your own what nobody else may use.
 *
 * @throws TypeError for an unknown option or one of the wrong type.
 *
 * @example
 * const pool = pooled(wsTransport());
 * const manager = createWebSocketManager({ transport: pool });
 */
export function pooled(transport: Transport, options: PoolOptions = {}): PooledTransport {
  const problem = shape("capabilities", "open")(transport);
  if (problem !== undefined) throw new TypeError(`pooled: the transport ${problem}`);
  return new Pool(transport, resolvePoolSettings(options));
}

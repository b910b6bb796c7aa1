import type { DiscardReason } from "./pool-stats.ts";

/**
 * Whether everything that was asked over a connection has been answered, and nothing else came. All that a pool can go by is
 * counting: one message back for each message out, never one more.
 */
export class Balance {
  #sent = 0;
  #received = 0;
  #pings = 0;
  #unasked = false;
  #failed = false;
  #sentBefore = 0;

  /** Somebody else uses the connection from now on. */
  begin(): void {
    this.#sentBefore = this.#sent;
  }

  /** Whether its present user has sent anything. */
  get hasAsked(): boolean {
    return this.#sent > this.#sentBefore;
  }

  /** A message for the peer. */
  sent(): void {
    this.#sent += 1;
  }

  /** The last send threw: whatever the connection is now, it is nothing to rely on. */
  sendFailed(): void {
    this.#sent -= 1;
    this.#failed = true;
  }

  /** A message from the peer. */
  received(): void {
    this.#received += 1;
    this.#unasked ||= this.#received > this.#sent;
  }

  pinged(): void {
    this.#pings += 1;
  }

  ponged(): void {
    this.#pings = Math.max(0, this.#pings - 1);
  }

  /** Why the connection cannot be lent to somebody else; nothing where it can. */
  get trouble(): DiscardReason | undefined {
    if (this.#failed) return "not-settled";
    if (this.#unasked) return "unasked-message";
    if (this.#pings > 0) return "not-settled";
    return this.#received < this.#sent ? "reply-owed" : undefined;
  }
}

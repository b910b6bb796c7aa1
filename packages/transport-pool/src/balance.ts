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

  /** A message for the peer. */
  sent(): void {
    this.#sent += 1;
  }

  /** A send that threw: whatever the connection is now, it is nothing to rely on. */
  failed(): void {
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
    if (this.#unasked) return "unasked-message";
    if (this.#received < this.#sent) return "reply-owed";
    return this.#pings > 0 || this.#failed ? "not-settled" : undefined;
  }
}

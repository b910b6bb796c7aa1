import type { Call } from "../calls/call.ts";
import type { SessionCounters } from "../context.ts";
import type { MessageId } from "../protocol.ts";

/** Bounds the memory for servers that never answer. */
const maxAbandoned = 1_024;

/** The calls that wait for an answer on one connection, by the ids of their messages. */
export class PendingCalls {
  readonly #counters: SessionCounters;
  readonly #calls: Map<MessageId, Call> = new Map();
  readonly #abandoned: Map<MessageId, Call> = new Map();
  #firstId: MessageId | undefined;
  #lastId: MessageId | undefined;

  constructor(counters: SessionCounters) {
    this.#counters = counters;
  }

  get size(): number {
    return this.#calls.size;
  }

  /** False if another call in flight has this id. */
  add(id: MessageId, call: Call): boolean {
    if (this.#calls.has(id)) return false;
    this.#firstId ??= id;
    this.#lastId = id;
    this.#calls.set(id, call);
    this.#counters.inFlight += 1;
    return true;
  }

  take(answered: MessageId): Call | undefined {
    const id = this.#calls.has(answered) ? answered : otherForm(answered);
    const call = this.#calls.get(id);
    if (call === undefined) return undefined;
    this.#calls.delete(id);
    this.#counters.inFlight -= 1;
    return call;
  }

  takeAll(): readonly Call[] {
    const calls = [...this.#calls.values()];
    this.#calls.clear();
    this.#counters.inFlight -= calls.length;
    return calls;
  }

  /** The call has ended, but a late answer matters: the server has started a subscription that must be ended. */
  abandon(id: MessageId, call: Call): void {
    this.#abandoned.set(id, call);
    if (this.#abandoned.size <= maxAbandoned) return;
    const oldest = this.#abandoned.keys().next().value;
    if (oldest !== undefined) this.#abandoned.delete(oldest);
  }

  takeAbandoned(answered: MessageId): Call | undefined {
    const id = this.#abandoned.has(answered) ? answered : otherForm(answered);
    const call = this.#abandoned.get(id);
    this.#abandoned.delete(id);
    return call;
  }

  /** Counts an answer that matches no call. Used ids are remembered as a range, so only numeric ids count as late. */
  countUnmatched(id: MessageId): void {
    const [first, last] = [this.#firstId, this.#lastId];
    const used =
      typeof first === "number" && typeof last === "number" && Number(id) >= first && Number(id) <= last;
    if (used) this.#counters.lateRepliesCount += 1;
    else this.#counters.unknownRepliesCount += 1;
  }
}

export function isSameId(answered: MessageId, id: MessageId): boolean {
  return answered === id || otherForm(answered) === id;
}

/** Some servers return the id 7 as "7", or the reverse. */
function otherForm(id: MessageId): MessageId {
  if (typeof id === "number") return String(id);
  return String(Number(id)) === id ? Number(id) : id;
}

import type { Call } from "../calls/call.ts";
import type { SessionCounters } from "../context.ts";
import type { MessageId } from "../protocol.ts";

/** Servers that never answer must not fill the memory. */
const maxRegretted = 1_024;

/** The calls that wait for an answer over one connection, by the ids of their messages. */
export class PendingCalls {
  readonly #counters: SessionCounters;
  readonly #calls: Map<MessageId, Call> = new Map();
  readonly #regretted: Map<MessageId, Call> = new Map();
  #firstId: MessageId | undefined;
  #lastId: MessageId | undefined;

  constructor(counters: SessionCounters) {
    this.#counters = counters;
  }

  get size(): number {
    return this.#calls.size;
  }

  /** False where a call waits under this id already. */
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

  /** Nobody waits for it any more, but a late answer still means something: the server has begun what is to be ended. */
  regret(id: MessageId, call: Call): void {
    this.#regretted.set(id, call);
    if (this.#regretted.size <= maxRegretted) return;
    const oldest = this.#regretted.keys().next().value;
    if (oldest !== undefined) this.#regretted.delete(oldest);
  }

  regretted(answered: MessageId): Call | undefined {
    const id = this.#regretted.has(answered) ? answered : otherForm(answered);
    const call = this.#regretted.get(id);
    this.#regretted.delete(id);
    return call;
  }

  /** Counts an answer that nobody waits for. Ids are remembered as a range, so only where they are numbers. */
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

/** Some servers answer 7 with "7", or the reverse. */
function otherForm(id: MessageId): MessageId {
  if (typeof id === "number") return String(id);
  return String(Number(id)) === id ? Number(id) : id;
}

import type { Call } from "../calls/call.ts";
import type { Counters } from "../context.ts";
import type { MessageId } from "../protocol.ts";

/** The calls that wait for an answer over one connection, by the ids of their messages. */
export class Pending {
  readonly #counters: Counters;
  readonly #calls: Map<MessageId, Call> = new Map();
  #firstId: MessageId | undefined;
  #lastId: MessageId | undefined;

  constructor(counters: Counters) {
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

  /** Counts an answer that nobody waits for. Ids are remembered as a range, so only where they are numbers. */
  countUnmatched(id: MessageId): void {
    const [first, last] = [this.#firstId, this.#lastId];
    const used =
      typeof first === "number" && typeof last === "number" && Number(id) >= first && Number(id) <= last;
    if (used) this.#counters.lateRepliesCount += 1;
    else this.#counters.unknownRepliesCount += 1;
  }
}

/** Some servers answer 7 with "7", or the reverse. */
function otherForm(id: MessageId): MessageId {
  if (typeof id === "number") return String(id);
  return String(Number(id)) === id ? Number(id) : id;
}

import type { StatsEvent } from "../ports/stats-sink.ts";
import type { Stats } from "../web-socket-manager.ts";

/** The part of the figures that comes from events; the rest the rate limiter knows. */
export type Counters = Omit<Stats, "currentRateLimitSize" | "maxRateLimit" | "rateLimitWindowMs">;

type Counts = { -readonly [Name in keyof Counters]: number };

function zero(): Counts {
  return {
    totalOperations: 0,
    connectionsCount: 0,
    messagesSentCount: 0,
    messagesReceivedCount: 0,
    messagesDroppedCount: 0,
    errorsCount: 0,
    rateLimitedCount: 0,
    rateLimitFallbacksCount: 0,
    openConnections: 0,
  };
}

/** The counters behind `getStats`: they count the same events that a sink hears. */
export class Statistics {
  #counts: Counts = zero();

  snapshot(): Counters {
    return { ...this.#counts };
  }

  countFallback(): void {
    this.#counts.rateLimitFallbacksCount += 1;
  }

  count(type: StatsEvent["type"]): void {
    const counts = this.#counts;
    switch (type) {
      case "operation-started":
        counts.totalOperations += 1;
        break;
      case "operation-failed":
        counts.errorsCount += 1;
        break;
      case "rate-limited":
        counts.rateLimitedCount += 1;
        break;
      case "connection-opened":
        counts.connectionsCount += 1;
        counts.openConnections += 1;
        break;
      case "connection-closed":
        counts.openConnections -= 1;
        break;
      case "message-sent":
        counts.messagesSentCount += 1;
        break;
      case "message-received":
        counts.messagesReceivedCount += 1;
        break;
      case "message-dropped":
        counts.messagesDroppedCount += 1;
        break;
      case "reset":
        this.#counts = { ...zero(), openConnections: counts.openConnections };
        break;
    }
  }
}

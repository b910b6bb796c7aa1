import type { StatsEvent, StatsSink } from "./ports/stats-sink.ts";

export { type ManualClock, manualClock } from "./testing/manual-clock.ts";

/** A sink that keeps the events it receives, in order. */
export interface RecordingSink extends StatsSink {
  readonly events: readonly StatsEvent[];
  /** The events of one type. */
  of<Type extends StatsEvent["type"]>(type: Type): readonly Extract<StatsEvent, { type: Type }>[];
  clear(): void;
}

export function recordingSink(): RecordingSink {
  const events: StatsEvent[] = [];
  return {
    events,
    record: (event) => {
      events.push(event);
    },
    of: (type) => events.filter((event) => isOf(event, type)),
    clear: () => {
      events.length = 0;
    },
  };
}

function isOf<Type extends StatsEvent["type"]>(
  event: StatsEvent,
  type: Type,
): event is Extract<StatsEvent, { type: Type }> {
  return event.type === type;
}

import { copyOf, type Payload } from "./payload.ts";
import type { Reporter } from "./report.ts";
import type { FaultPlace, RuleMatch } from "./rule-matcher.ts";
import {
  type ConnectionFault,
  type DurationRange,
  isConnectionFault,
  type MessageFault,
  type OpenFault,
} from "./script.ts";
import type { SeededRandom } from "./seeded-random.ts";

/** A message to be delivered. */
export interface Delivery {
  readonly payload: Payload;
  readonly delayMs: number;
  readonly isLate: boolean;
}

/** The result of the rules for one message. */
export interface RuleResult {
  readonly deliveries: readonly Delivery[];
  readonly connectionFaults: readonly ConnectionFault[];
}

/** Applies rules to one message. From a mute peer no message arrives, so only connection faults apply. */
export function applyRules(
  payload: Payload,
  matches: readonly RuleMatch[],
  place: FaultPlace,
  report: Reporter,
  isMuted: boolean,
): RuleResult {
  const arrives = !isMuted || place === "out";
  let deliveries: readonly Delivery[] = arrives
    ? [{ payload: copyOf(payload), delayMs: 0, isLate: false }]
    : [];
  const connectionFaults: ConnectionFault[] = [];
  for (const match of matches) {
    const { fault } = match.rule;
    if (fault.fault === "mute" && isMuted) continue;
    if (isConnectionFault(fault)) {
      report(match, place);
      connectionFaults.push(fault);
      if (losesMessage(fault, place)) deliveries = [];
    } else {
      const delayMs = "ms" in fault ? chosenMs(fault.ms, match.random) : undefined;
      const changed = applyRule(fault, match.random, deliveries, payload, delayMs ?? 0);
      if (changed !== deliveries) report(match, place, delayMs);
      deliveries = changed;
    }
  }
  return { deliveries, connectionFaults };
}

export function chosenMs(span: DurationRange, random: SeededRandom): number {
  if (typeof span === "number") return span;
  const [minMs, maxMs] = span;
  return minMs + random.next() * (maxMs - minMs);
}

/** A mute peer still receives messages. */
function losesMessage({ fault, when = "before" }: ConnectionFault, place: FaultPlace): boolean {
  return when === "before" && !(fault === "mute" && place === "out");
}

/** Returns the same array if nothing changed. */
function applyRule(
  fault: MessageFault | OpenFault,
  random: SeededRandom,
  deliveries: readonly Delivery[],
  original: Payload,
  delayMs: number,
): readonly Delivery[] {
  if (deliveries.length === 0) return deliveries;
  switch (fault.fault) {
    case "drop":
      return [];
    case "duplicate":
      return deliveries.flatMap((delivery) => [delivery, { ...delivery, payload: copyOf(delivery.payload) }]);
    case "delay":
      return deliveries.map((delivery) => ({ ...delivery, delayMs: delivery.delayMs + delayMs }));
    case "late":
      return deliveries.map((delivery) => ({
        ...delivery,
        delayMs: delivery.delayMs + delayMs,
        isLate: true,
      }));
    case "corrupt": {
      const isEmpty = deliveries.every(({ payload }) => payload.length === 0);
      return isEmpty
        ? deliveries
        : deliveries.map((delivery) => ({ ...delivery, payload: corrupted(delivery.payload, random) }));
    }
    case "flood":
      return [...deliveries, ...copies(fault.message ?? original, fault.count)];
    default:
      return deliveries;
  }
}

function copies(payload: Payload, count: number): readonly Delivery[] {
  return Array.from({ length: count }, () => ({ payload: copyOf(payload), delayMs: 0, isLate: false }));
}

/** The result is never longer. */
function corrupted(payload: Payload, random: SeededRandom): Payload {
  if (payload.length === 0) return payload;
  if (typeof payload === "string") {
    const characters = Array.from(payload);
    const place = random.below(characters.length);
    characters[place] = characters[place] === "#" ? "?" : "#";
    return characters.join("");
  }
  const bytes = new Uint8Array(payload);
  const place = random.below(bytes.length);
  bytes[place] = (bytes[place] ?? 0) ^ (1 << random.below(8));
  return bytes;
}

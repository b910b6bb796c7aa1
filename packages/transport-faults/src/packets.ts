import type { Hit, Place } from "./decide.ts";
import type { Dice } from "./dice.ts";
import { copyOf, type Payload } from "./payload.ts";
import type { Reporter } from "./report.ts";
import { type Ending, isEnding, type MessageFault, type OpenFault, type Span } from "./script.ts";

/** A message on its way. */
export interface Packet {
  readonly payload: Payload;
  readonly ms: number;
  readonly isLate: boolean;
}

/** What the rules make of one message. */
export interface Outcome {
  readonly packets: readonly Packet[];
  readonly endings: readonly Ending[];
}

/** Takes one message through the rules that hit it. Where the peer is mute, only endings are left of a message in. */
export function outcomeOf(
  payload: Payload,
  hits: readonly Hit[],
  place: Place,
  report: Reporter,
  isMuted: boolean,
): Outcome {
  const arrives = !isMuted || place === "out";
  let packets: readonly Packet[] = arrives ? [{ payload: copyOf(payload), ms: 0, isLate: false }] : [];
  const endings: Ending[] = [];
  for (const hit of hits) {
    const { fault } = hit.rule;
    if (fault.fault === "mute" && isMuted) continue;
    if (isEnding(fault)) {
      report(hit, place);
      endings.push(fault);
      if (losesItsMessage(fault, place)) packets = [];
    } else {
      const delayMs = "ms" in fault ? drawn(fault.ms, hit.dice) : undefined;
      const changed = changedBy(fault, hit.dice, packets, payload, delayMs ?? 0);
      if (changed !== packets) report(hit, place, delayMs);
      packets = changed;
    }
  }
  return { packets, endings };
}

export function drawn(span: Span, dice: Dice): number {
  if (typeof span === "number") return span;
  const [minMs, maxMs] = span;
  return minMs + dice.next() * (maxMs - minMs);
}

/** A mute peer still takes what is sent. */
function losesItsMessage({ fault, when = "before" }: Ending, place: Place): boolean {
  return when === "before" && !(fault === "mute" && place === "out");
}

/** The same array where nothing changed. */
function changedBy(
  fault: MessageFault | OpenFault,
  dice: Dice,
  packets: readonly Packet[],
  original: Payload,
  delayMs: number,
): readonly Packet[] {
  if (packets.length === 0) return packets;
  switch (fault.fault) {
    case "drop":
      return [];
    case "duplicate":
      return packets.flatMap((packet) => [packet, { ...packet, payload: copyOf(packet.payload) }]);
    case "delay":
      return packets.map((packet) => ({ ...packet, ms: packet.ms + delayMs }));
    case "late":
      return packets.map((packet) => ({ ...packet, ms: packet.ms + delayMs, isLate: true }));
    case "corrupt": {
      const isEmpty = packets.every(({ payload }) => payload.length === 0);
      return isEmpty
        ? packets
        : packets.map((packet) => ({ ...packet, payload: corrupted(packet.payload, dice) }));
    }
    case "flood":
      return [...packets, ...copies(fault.message ?? original, fault.count)];
    default:
      return packets;
  }
}

function copies(payload: Payload, count: number): readonly Packet[] {
  return Array.from({ length: count }, () => ({ payload: copyOf(payload), ms: 0, isLate: false }));
}

/** Never longer than before. */
function corrupted(payload: Payload, dice: Dice): Payload {
  if (payload.length === 0) return payload;
  if (typeof payload === "string") {
    const characters = Array.from(payload);
    const place = dice.below(characters.length);
    characters[place] = characters[place] === "#" ? "?" : "#";
    return characters.join("");
  }
  const bytes = new Uint8Array(payload);
  const place = dice.below(bytes.length);
  bytes[place] = (bytes[place] ?? 0) ^ (1 << dice.below(8));
  return bytes;
}

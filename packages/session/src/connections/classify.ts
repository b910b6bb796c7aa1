import type { Incoming, Protocol } from "../protocol.ts";
import { isKey } from "../reading.ts";

/** What a protocol makes of a message; undefined where it breaks over it, or answers what is no classification. */
export function classify(protocol: Protocol, message: unknown): readonly Incoming[] | undefined {
  try {
    const incoming: unknown = protocol.classify(message);
    if (isIncoming(incoming)) return [incoming];
    return Array.isArray(incoming) && incoming.every(isIncoming) ? incoming : undefined;
  } catch {
    return undefined;
  }
}

function isIncoming(value: unknown): value is Incoming {
  if (typeof value !== "object" || value === null || !("kind" in value)) return false;
  if (value.kind === "reply" || value.kind === "error") return "id" in value && isKey(value.id);
  return value.kind !== "event" || ("topic" in value && isKey(value.topic));
}

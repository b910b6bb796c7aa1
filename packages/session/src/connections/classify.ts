import type { Incoming, Protocol } from "../protocol.ts";

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
  return typeof value === "object" && value !== null && "kind" in value;
}

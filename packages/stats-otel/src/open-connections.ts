import type { Attributes, UpDownCounter } from "@opentelemetry/api";

/**
 * The connections that are open, each with what it was counted under: it has to be taken off there again, whatever the
 * attributes of its end are. So a meter that comes late or is replaced is told what it missed, and never counts below zero.
 */
export class OpenConnections {
  readonly #open: Map<string, Attributes> = new Map();

  opened(connectionId: string, attributes: Attributes, counter: UpDownCounter | undefined): void {
    this.#open.set(connectionId, attributes);
    counter?.add(1, attributes);
  }

  closed(connectionId: string, counter: UpDownCounter | undefined): void {
    const attributes = this.#open.get(connectionId);
    if (attributes === undefined) return;
    this.#open.delete(connectionId);
    counter?.add(-1, attributes);
  }

  tell(counter: UpDownCounter): void {
    for (const attributes of this.#open.values()) counter.add(1, attributes);
  }
}

import type { Counter } from "@prometheus-io/client";
import type { Instruments } from "./instruments.ts";
import type { Level } from "./levels.ts";

/** What is counted of the connections to one server. */
export class ServerMetrics {
  readonly #instruments: Instruments;
  readonly #labels: Readonly<Record<string, string>>;
  readonly #opened: Counter.Internal;
  readonly #open: Level;

  constructor(server: string, instruments: Instruments, own: Readonly<Record<string, string>>) {
    this.#instruments = instruments;
    this.#labels = { server, ...own };
    this.#opened = instruments.connectionsOpened.labels(this.#labels);
    this.#open = instruments.openConnections.of(this.#labels);
  }

  opened(): void {
    this.#opened.inc();
    this.#open.value += 1;
  }

  closed(closeCode: number, wasClean: boolean): void {
    const code = this.#instruments.closeCodes.of(String(closeCode));
    this.#instruments.connectionsClosed.inc({ ...this.#labels, code, clean: String(wasClean) });
    this.#open.value -= 1;
  }
}

import type { Frame } from "./frame.ts";

/** One direction of a connection: delivers frames in order, one per microtask, unless the receiving end holds them back. */
export class FramePipe {
  readonly #receive: (frame: Frame) => void;
  readonly #emptied: () => void;
  #frames: Frame[] = [];
  #bytes = 0;
  #held = false;
  #scheduled = false;

  constructor(receive: (frame: Frame) => void, emptied: () => void = () => {}) {
    this.#receive = receive;
    this.#emptied = emptied;
  }

  /** Bytes of messages that have not been delivered. */
  get bytes(): number {
    return this.#bytes;
  }

  put(frame: Frame): void {
    this.#frames.push(frame);
    this.#bytes += sizeOf(frame);
    this.#schedule();
  }

  hold(): void {
    this.#held = true;
  }

  release(): void {
    this.#held = false;
    this.#schedule();
  }

  /** Discards undelivered frames, and ends {@link hold}. */
  cut(): void {
    this.#frames = [];
    this.#bytes = 0;
    this.#held = false;
  }

  #schedule(): void {
    if (this.#scheduled) return;
    this.#scheduled = true;
    queueMicrotask(() => this.#deliver());
  }

  #deliver(): void {
    this.#scheduled = false;
    if (this.#held) return;
    const frame = this.#frames.shift();
    if (frame === undefined) return;
    this.#bytes -= sizeOf(frame);
    if (this.#frames.length > 0) this.#schedule();
    this.#receive(frame);
    if (this.#bytes === 0 && sizeOf(frame) > 0) this.#emptied();
  }
}

function sizeOf(frame: Frame): number {
  return frame.type === "message" ? frame.byteLength : 0;
}

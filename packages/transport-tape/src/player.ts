import type { Clock, Timer } from "@outsock/core";
import type { Compare } from "./compare.ts";
import type { ClosedEntry, MessageEntry } from "./entry.ts";
import { type HangUp, Progress } from "./progress.ts";
import type { Tape, TapeChannel } from "./read-tape.ts";
import type { TapeParting } from "./tape-error.ts";

export interface PlayerOptions {
  readonly compare: Compare;
  readonly clock: Clock;
  /** 1: with the pauses of the tape; 2: twice as fast. Absent: without pauses. */
  readonly speed?: number | undefined;
}

/** Hears what the peer of a tape does. */
export interface PlayerEvents {
  message(entry: MessageEntry): void;
  close(entry: ClosedEntry): void;
}

type State =
  | { readonly name: "idle" | "held" | "stopped" }
  | { readonly name: "soon" }
  | { readonly name: "later"; readonly timer: Timer };

/** Plays the peer's part of one channel of a tape: each message in its turn, one at a time. */
export class Player {
  readonly #progress: Progress;
  readonly #events: PlayerEvents;
  readonly #options: PlayerOptions;
  #state: State = { name: "idle" };
  #keepsAlive = true;

  constructor(tape: Tape, channel: TapeChannel, events: PlayerEvents, options: PlayerOptions) {
    this.#progress = new Progress(tape, channel, options.compare);
    this.#events = events;
    this.#options = options;
  }

  /** Goes on with what is due. */
  play(): void {
    const { due } = this.#progress;
    if (this.#state.name !== "idle" || due === undefined) return;
    const { speed, clock } = this.#options;
    if (speed === undefined) {
      this.#state = { name: "soon" };
      queueMicrotask(() => this.#tell());
    } else {
      const timer = clock.schedule(due.pauseMs / speed, () => this.#tell());
      if (!this.#keepsAlive) timer.unref();
      this.#state = { name: "later", timer };
    }
  }

  hold(): void {
    if (this.#state.name === "later") this.#state.timer.cancel();
    if (this.#state.name !== "stopped") this.#state = { name: "held" };
  }

  release(): void {
    if (this.#state.name !== "held") return;
    this.#state = { name: "idle" };
    this.play();
  }

  /** From now on what is due later keeps the process alive. It does from the beginning. */
  ref(): void {
    this.#keepsAlive = true;
    if (this.#state.name === "later") this.#state.timer.ref();
  }

  unref(): void {
    this.#keepsAlive = false;
    if (this.#state.name === "later") this.#state.timer.unref();
  }

  /** Tells nothing from now on. */
  stop(): void {
    if (this.#state.name === "later") this.#state.timer.cancel();
    this.#state = { name: "stopped" };
  }

  sent(message: string | Uint8Array): TapeParting | undefined {
    const parting = this.#progress.sent(message);
    this.play();
    return parting;
  }

  /** The caller hangs up. Where the tape has the answer to that, it is told; otherwise nothing is from now on. */
  ended(how: "closing" | "terminated", code?: number): HangUp {
    const ending = this.#progress.ended(how, code);
    if (ending.answered) {
      this.release();
      this.play();
    } else {
      this.stop();
    }
    return ending;
  }

  rest(): TapeParting | undefined {
    return this.#progress.rest();
  }

  #tell(): void {
    const { due } = this.#progress;
    if ((this.#state.name !== "soon" && this.#state.name !== "later") || due === undefined) return;
    this.#state = { name: "idle" };
    this.#progress.take();
    const { entry } = due;
    if (entry.type === "closed") this.#events.close(entry);
    else this.#events.message(entry);
    this.play();
  }
}

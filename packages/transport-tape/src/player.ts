import type { Clock, Timer } from "@outsock/core";
import type { Compare } from "./compare.ts";
import type { ClosedEntry, MessageEntry } from "./entry.ts";
import { type HangUp, Progress } from "./progress.ts";
import type { Tape, TapeChannel } from "./read-tape.ts";
import type { TapeParting } from "./tape-error.ts";

export interface PlayerOptions {
  readonly compare: Compare;
  readonly clock: Clock;
  /** 1 keeps the pauses of the tape, 2 is twice as fast. Absent: no pauses. */
  readonly speed?: number | undefined;
}

/** Called with what the recorded peer does. */
export interface PlayerEvents {
  message(entry: MessageEntry): void;
  close(entry: ClosedEntry): void;
}

type State =
  | { readonly name: "idle" | "held" | "stopped" }
  | { readonly name: "soon" }
  | { readonly name: "later"; readonly timer: Timer };

/** Plays the peer's side of one channel of a tape: one message at a time, each when it is due. */
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

  /** Schedules the next entry, if one is due. */
  play(): void {
    const { due } = this.#progress;
    if (this.#state.name !== "idle" || due === undefined) return;
    const { speed, clock } = this.#options;
    if (speed === undefined) {
      this.#state = { name: "soon" };
      queueMicrotask(() => this.#playDue());
    } else {
      const timer = clock.schedule(due.pauseMs / speed, () => this.#playDue());
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

  /** A pending timer keeps the process alive. This is the default. */
  ref(): void {
    this.#keepsAlive = true;
    if (this.#state.name === "later") this.#state.timer.ref();
  }

  unref(): void {
    this.#keepsAlive = false;
    if (this.#state.name === "later") this.#state.timer.unref();
  }

  /** Plays nothing more. */
  stop(): void {
    if (this.#state.name === "later") this.#state.timer.cancel();
    this.#state = { name: "stopped" };
  }

  sent(message: string | Uint8Array): TapeParting | undefined {
    const parting = this.#progress.sent(message);
    this.play();
    return parting;
  }

  /** The caller closes or terminates. If the tape has the peer's answer, it is played; otherwise nothing more is. */
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

  #playDue(): void {
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

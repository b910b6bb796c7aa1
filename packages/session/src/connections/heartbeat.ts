import type { Clock, Timer } from "@outsock/core";
import { longestWishMs } from "../lifecycle/delays.ts";
import type { HeartbeatSettings } from "../options/settings.ts";

/** A timer this late was held up by a busy process: what came meanwhile may not have been read yet. */
const busyMs = 100;
/** A timer this late means that the whole process stood still. */
const stillMs = 1_000;

export interface HeartbeatHost {
  readonly clock: Clock;
  /** Sends what the server answers when it lives. */
  probe(): void;
  /** The server lives after all: calls may go out again. */
  verified(): void;
  /** The server did not answer in its time. */
  dead(): void;
}

type Phase = "listening" | "asked" | "verifying";

/**
 * Finds out whether the server still lives. Anything that comes from it is a sign of life; after a silent interval it is asked. Its
 * death is judged by time that passed while this process was awake and reading, never by a timer that came late.
 */
export class Heartbeat {
  readonly #settings: HeartbeatSettings;
  readonly #host: HeartbeatHost;
  #phase: Phase = "listening";
  #heard = false;
  #excused = false;
  #dueMs = 0;
  #aliveAtMs = 0;
  #intervalMs = 0;
  #always = false;
  #timer: Timer | undefined;
  /** Nothing is read, so silence means nothing. */
  paused = false;

  constructor(settings: HeartbeatSettings, host: HeartbeatHost) {
    this.#settings = settings;
    this.#host = host;
  }

  /** `wishedMs`: how often the server wants to hear a heartbeat, whether it talks or not. */
  start(wishedMs: number | undefined): void {
    const wished = typeof wishedMs === "number" && wishedMs >= 1 ? wishedMs : undefined;
    this.#always = wished !== undefined;
    this.#intervalMs = wished === undefined ? this.#settings.intervalMs : Math.min(wished, longestWishMs);
    this.#listen(this.#host.clock.now());
  }

  stop(): void {
    this.#timer?.cancel();
    this.#timer = undefined;
  }

  /** Something came. */
  heard(): void {
    this.#heard = true;
  }

  /** The answer to a probe came. */
  answered(): void {
    this.#heard = true;
    if (this.#phase !== "listening") this.#trust(this.#host.clock.now());
  }

  /**
   * Whether calls may go out. After a standstill of the process they may not, until the server has answered: what
   * looks like an open socket may have been dropped long ago.
   */
  trusts(nowMs: number): boolean {
    if (this.#phase === "verifying") return false;
    if (this.#timer === undefined || nowMs - this.#dueMs <= stillMs || this.paused) return true;
    this.#ask("verifying", nowMs);
    return false;
  }

  /** Until when the server is known to have been there, where a loss is noticed now. */
  lastSureMs(nowMs: number): number {
    const doubtful = this.#phase !== "listening" || nowMs - this.#dueMs > stillMs;
    return doubtful ? this.#aliveAtMs : nowMs;
  }

  #fire(): void {
    this.#timer = undefined;
    const nowMs = this.#host.clock.now();
    const lateMs = nowMs - this.#dueMs;
    if (this.paused) this.#trust(nowMs);
    else if (lateMs > stillMs) this.#ask("verifying", nowMs);
    else if (this.#phase === "listening" && (this.#always || !this.#heard)) this.#ask("asked", nowMs);
    else if (this.#heard && this.#phase !== "verifying") this.#listen(nowMs);
    else if (lateMs > busyMs && !this.#excused) this.#excuse(nowMs);
    else this.#host.dead();
  }

  #trust(nowMs: number): void {
    const verified = this.#phase === "verifying";
    this.#listen(nowMs);
    if (verified) this.#host.verified();
  }

  #listen(nowMs: number): void {
    this.#phase = "listening";
    this.#excused = false;
    this.#heard = false;
    this.#aliveAtMs = nowMs;
    this.#wait(nowMs, this.#intervalMs);
  }

  #ask(phase: "asked" | "verifying", nowMs: number): void {
    this.#phase = phase;
    this.#heard = false;
    this.#wait(nowMs, phase === "asked" ? this.#settings.timeoutMs : this.#settings.verifyTimeoutMs);
    this.#host.probe();
  }

  #excuse(nowMs: number): void {
    this.#excused = true;
    this.#wait(nowMs, busyMs);
  }

  /** The timer alone keeps no process alive: the socket does. */
  #wait(nowMs: number, delayMs: number): void {
    this.#timer?.cancel();
    this.#dueMs = nowMs + delayMs;
    this.#timer = this.#host.clock.schedule(delayMs, () => this.#fire());
    this.#timer.unref();
  }
}

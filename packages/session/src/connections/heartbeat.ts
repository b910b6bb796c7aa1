import type { Clock, Timer } from "@outsock/core";
import { maxServerDelayMs } from "../lifecycle/delays.ts";
import type { HeartbeatSettings } from "../options/settings.ts";

/** A timer this late was delayed by a busy process: what arrived meanwhile may be unread. */
const busyMs = 100;
/** A timer this late means that the whole process was suspended. */
const suspendedMs = 1_000;

export interface HeartbeatHost {
  readonly clock: Clock;
  /** Sends a probe, which a live server answers. */
  probe(): void;
  /** The server is alive after a suspension: calls may be sent again. */
  verified(): void;
  /** The server did not answer in time. */
  dead(): void;
}

/** `"verifying"`: probed after a suspension of this process; no call is sent until the server answers. */
type Phase = "listening" | "probing" | "verifying";

/**
 * Detects a dead server. Any message counts as a sign of life; after a silent interval a probe is sent. Only time during which
 * this process was running and reading counts against the server, never a timer that fired late.
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
  /** The server asked for regular heartbeats, so one is sent after every interval. */
  #always = false;
  #timer: Timer | undefined;
  #paused = false;

  constructor(settings: HeartbeatSettings, host: HeartbeatHost) {
    this.#settings = settings;
    this.#host = host;
  }

  /** `requestedMs`: how often the server wants a heartbeat, whether it is silent or not. */
  start(requestedMs: number | undefined): void {
    const requested = typeof requestedMs === "number" && requestedMs >= 1 ? requestedMs : undefined;
    this.#always = requested !== undefined;
    this.#intervalMs =
      requested === undefined ? this.#settings.intervalMs : Math.min(requested, maxServerDelayMs);
    this.#listen(this.#host.clock.now());
  }

  stop(): void {
    this.#timer?.cancel();
    this.#timer = undefined;
  }

  /** Nothing is read, so silence means nothing. */
  pause(): void {
    this.#paused = true;
  }

  resume(): void {
    this.#paused = false;
  }

  /** Something arrived. */
  heard(): void {
    this.#heard = true;
  }

  /** The answer to a probe arrived. */
  answered(): void {
    this.#heard = true;
    if (this.#phase !== "listening") this.#trust(this.#host.clock.now());
  }

  /**
   * Whether calls may be sent. After a suspension of the process they may not, until the server has answered: a socket that
   * looks open may have been dropped long ago.
   */
  trusts(nowMs: number): boolean {
    if (this.#phase === "verifying") return false;
    if (this.#timer === undefined || nowMs - this.#dueMs <= suspendedMs || this.#paused) return true;
    this.#ask("verifying", nowMs);
    return false;
  }

  /** The last time at which the server is known to have been alive, for a loss noticed now. */
  lastSureMs(nowMs: number): number {
    const doubtful = this.#phase !== "listening" || nowMs - this.#dueMs > suspendedMs;
    return doubtful ? this.#aliveAtMs : nowMs;
  }

  #fire(): void {
    this.#timer = undefined;
    const nowMs = this.#host.clock.now();
    const lateMs = nowMs - this.#dueMs;
    if (this.#paused) this.#trust(nowMs);
    else if (lateMs > suspendedMs) this.#ask("verifying", nowMs);
    else if (this.#phase === "listening" && (this.#always || !this.#heard)) this.#ask("probing", nowMs);
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

  #ask(phase: "probing" | "verifying", nowMs: number): void {
    this.#phase = phase;
    this.#heard = false;
    this.#wait(nowMs, phase === "probing" ? this.#settings.timeoutMs : this.#settings.verifyTimeoutMs);
    this.#host.probe();
  }

  #excuse(nowMs: number): void {
    this.#excused = true;
    this.#wait(nowMs, busyMs);
  }

  /** The timer does not keep the process alive: the socket does. */
  #wait(nowMs: number, delayMs: number): void {
    this.#timer?.cancel();
    this.#dueMs = nowMs + delayMs;
    this.#timer = this.#host.clock.schedule(delayMs, () => this.#fire());
    this.#timer.unref();
  }
}

import type { Channel } from "@outsock/core";
import type { Track } from "./recording.ts";

/** A channel that writes down what its caller does. */
export class RecordedChannel implements Channel {
  readonly #channel: Channel;
  readonly #track: Track;

  constructor(channel: Channel, track: Track) {
    this.#channel = channel;
    this.#track = track;
  }

  get protocol(): string {
    return this.#channel.protocol;
  }

  get bufferedAmount(): number {
    return this.#channel.bufferedAmount;
  }

  send(message: string | Uint8Array): void {
    this.#channel.send(message);
    this.#track.message("out", message);
  }

  close(code?: number, reason?: string): void {
    this.#track.closing(code, reason);
    this.#channel.close(code, reason);
  }

  terminate(): void {
    this.#track.terminated();
    this.#channel.terminate();
  }

  ping(): void {
    this.#channel.ping();
  }

  pause(): void {
    this.#channel.pause();
  }

  resume(): void {
    this.#channel.resume();
  }

  ref(): void {
    this.#channel.ref();
  }

  unref(): void {
    this.#channel.unref();
  }
}

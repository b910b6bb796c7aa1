import type { Channel } from "@outsock/core";
import type { ChannelRecorder } from "./recording.ts";

/** A channel that records what its caller does. */
export class RecordedChannel implements Channel {
  readonly #channel: Channel;
  readonly #recorder: ChannelRecorder;

  constructor(channel: Channel, recorder: ChannelRecorder) {
    this.#channel = channel;
    this.#recorder = recorder;
  }

  get protocol(): string {
    return this.#channel.protocol;
  }

  get bufferedAmount(): number {
    return this.#channel.bufferedAmount;
  }

  send(message: string | Uint8Array): void {
    this.#channel.send(message);
    this.#recorder.message("out", message);
  }

  close(code?: number, reason?: string): void {
    this.#recorder.closing(code, reason);
    this.#channel.close(code, reason);
  }

  terminate(): void {
    this.#recorder.terminated();
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

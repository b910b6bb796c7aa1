import { type Mutant, mutant } from "./mutant.ts";

export const pingAndPauseMutants: readonly Mutant[] = [
  mutant("never pings", ["ping:pong", "ping:no-answer", "send:every-kind-in-order"], {
    channel: () => ({ ping() {} }),
  }),
  mutant("reports no pong", ["ping:pong"], { events: () => ({ pong() {} }) }),
  mutant(
    "reports pongs that did not arrive",
    ["ping:no-answer", "ping:after-close", "ping:pong", "close:once"],
    {
      channel: (channel, events) => ({
        ping() {
          channel.ping();
          events.pong();
        },
      }),
    },
  ),
  mutant("does not pause", ["pause:holds-back"], { channel: () => ({ pause() {} }) }),
  mutant("does not resume", ["pause:resumes"], { channel: () => ({ resume() {} }) }),
  mutant("drops messages that arrive while paused", ["pause:resumes"], () => ({
    channel: (channel) => ({
      pause() {
        channel.pause();
      },
      resume() {},
    }),
  })),
  mutant("stops sending while paused", ["pause:sends"], {
    channel(channel) {
      let paused = false;
      return {
        pause() {
          paused = true;
          channel.pause();
        },
        send(message) {
          if (!paused) channel.send(message);
        },
      };
    },
  }),
];

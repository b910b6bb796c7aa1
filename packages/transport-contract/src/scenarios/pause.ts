import { equal, ok, sameItems } from "@outsock/contract-kit";
import { nextText } from "../remote.ts";
import { defineTransportScenario, type TransportScenario } from "../scenario.ts";
import type { Pair, TransportTestbed } from "../transport-testbed.ts";

/** More than any kernel takes in for a transport that does not read. */
const count = 512;
const body = "x".repeat(64 * 1024);

async function pausedFlood(testbed: TransportTestbed): Promise<Pair> {
  const pair = await testbed.connect();
  pair.channel.pause();
  for (let i = 0; i < count; i += 1) pair.remote.send(`${i} ${body}`);
  await untilStill(testbed, pair);
  return pair;
}

/** Until everything was taken, or nothing more was while a good many round trips went by on another connection. */
async function untilStill(testbed: TransportTestbed, { remote }: Pair): Promise<void> {
  let before: number;
  do {
    before = remote.unsentBytes;
    await testbed.settle(20);
  } while (remote.unsentBytes > 0 && remote.unsentBytes < before);
}

export const pauseScenarios: readonly TransportScenario[] = [
  defineTransportScenario({
    id: "pause:holds-back",
    behaviour: "a paused channel stops reading; only messages that were already read may still be reported",
    needs: ["pause"],
    async run(testbed) {
      const { events, remote } = await pausedFlood(testbed);
      ok(remote.unsentBytes > 0, "everything was read from the peer");
      ok(events.messages.length < count / 4, `${events.messages.length} of ${count} messages were reported`);
    },
  }),
  defineTransportScenario({
    id: "pause:resumes",
    behaviour: "after resume all messages are reported, in order",
    needs: ["pause"],
    async run(testbed) {
      const { channel, events } = await pausedFlood(testbed);
      channel.resume();
      const numbers = (await events.texts(count)).map((text) => Number.parseInt(text, 10));
      sameItems(
        numbers,
        Array.from({ length: count }, (_, i) => i),
        "the messages",
      );
    },
  }),
  defineTransportScenario({
    id: "pause:sends",
    behaviour: "a paused channel still sends",
    needs: ["pause"],
    async run(testbed) {
      const { channel, remote } = await testbed.connect();
      channel.pause();
      channel.pause();
      channel.send("sent while paused");
      equal(await nextText(remote), "sent while paused", "what the peer received");
    },
  }),
  defineTransportScenario({
    id: "pause:terminate",
    behaviour: "terminate ends a paused channel",
    needs: ["pause", "terminate"],
    async run(testbed) {
      const { channel, events, remote } = await pausedFlood(testbed);
      channel.terminate();
      equal((await events.closed()).code, 1006, "the close code");
      await remote.ended;
    },
  }),
];

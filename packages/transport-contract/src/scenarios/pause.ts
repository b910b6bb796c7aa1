import { equal, ok, sameItems } from "../assert.ts";
import type { Lab, Pair } from "../lab.ts";
import { nextText } from "../remote.ts";
import { defineScenario, type TransportScenario } from "../scenario.ts";

/** More than any kernel takes in for a transport that does not read. */
const count = 512;
const body = "x".repeat(64 * 1024);

async function pausedFlood(lab: Lab): Promise<Pair> {
  const pair = await lab.connect();
  pair.channel.pause();
  for (let i = 0; i < count; i += 1) pair.remote.send(`${i} ${body}`);
  await untilStill(lab, pair);
  return pair;
}

/** Until everything was taken, or nothing more was while a good many round trips went by on another connection. */
async function untilStill(lab: Lab, { remote }: Pair): Promise<void> {
  let before: number;
  do {
    before = remote.unsentBytes;
    await lab.settle(20);
  } while (remote.unsentBytes > 0 && remote.unsentBytes < before);
}

export const pauseScenarios: readonly TransportScenario[] = [
  defineScenario({
    id: "pause:holds-back",
    behaviour: "while paused the peer is held back; only what was already read may still be told",
    needs: ["pause"],
    async run(lab) {
      const { events, remote } = await pausedFlood(lab);
      ok(remote.unsentBytes > 0, "everything was read from the peer");
      ok(events.messages.length < count / 4, `${events.messages.length} of ${count} messages were told`);
    },
  }),
  defineScenario({
    id: "pause:resumes",
    behaviour: "after resume everything is told, in order, nothing lost",
    needs: ["pause"],
    async run(lab) {
      const { channel, events } = await pausedFlood(lab);
      channel.resume();
      const numbers = (await events.texts(count)).map((text) => Number.parseInt(text, 10));
      sameItems(
        numbers,
        Array.from({ length: count }, (_, i) => i),
        "the messages",
      );
    },
  }),
  defineScenario({
    id: "pause:sends",
    behaviour: "a paused channel still sends",
    needs: ["pause"],
    async run(lab) {
      const { channel, remote } = await lab.connect();
      channel.pause();
      channel.pause();
      channel.send("sent while paused");
      equal(await nextText(remote), "sent while paused", "what the peer received");
    },
  }),
  defineScenario({
    id: "pause:terminate",
    behaviour: "terminate ends a paused channel",
    needs: ["pause", "terminate"],
    async run(lab) {
      const { channel, events, remote } = await pausedFlood(lab);
      channel.terminate();
      equal((await events.closed()).code, 1006, "the close code");
      await remote.ended;
    },
  }),
];

import { type Channel, TransportError } from "@outsock/core";
import { equal } from "../assert.ts";
import type { Lab, Pair } from "../lab.ts";
import type { PeerConnection } from "../peer.ts";
import { nextClose, nextText, wireOf } from "../remote.ts";
import { defineScenario, type TransportScenario } from "../scenario.ts";

function sendMany(channel: Channel, count: number): void {
  for (let i = 0; i < count; i += 1) channel.send(`small ${i}`);
}

/** A transport may notice at a send that the connection is gone, or later. */
function sendUntilClosed(channel: Channel, atMost: number): void {
  try {
    sendMany(channel, atMost);
  } catch (error) {
    equal(TransportError.is(error) ? error.code : error, "CONNECTION_CLOSED", "the code of a failed send");
  }
}

async function expectMany(remote: PeerConnection, count: number): Promise<void> {
  for (let i = 0; i < count; i += 1) equal(await nextText(remote), `small ${i}`, "a message");
}

async function expectNoMore(remote: PeerConnection): Promise<void> {
  await remote.ended;
  const frame = await remote.nextFrame().catch(() => undefined);
  equal(frame?.type, undefined, "a frame after the last one");
}

/** Nothing more is told after a while. */
async function expectClosedOnce(lab: Lab, { events }: Pair, code: number): Promise<void> {
  equal((await events.closed()).code, code, "the close code");
  await lab.settle();
  equal(events.count("close"), 1, "closes told");
  equal(events.log.at(-1), "close", "the last event");
}

/** What becomes of the messages of the tick in which a connection ends. */
export const tickEndScenarios: readonly TransportScenario[] = [
  defineScenario({
    id: "close:flushes-small",
    behaviour: "many small messages sent in the tick of close reach the peer before the Close frame",
    async run(lab) {
      const { channel, remote } = await lab.connect();
      sendMany(channel, 500);
      channel.close(4001, "done");
      await expectMany(remote, 500);
      const close = await nextClose(remote);
      equal(close.code, 4001, "the code the peer received");
      equal(close.reason, "done", "the reason the peer received");
      await expectNoMore(remote);
    },
  }),
  defineScenario({
    id: "close:by-peer-while-sending",
    behaviour:
      "what is sent when the peer's Close frame comes arrives before the answer to it, nothing after it",
    async run(lab) {
      const pair = await lab.connect();
      const { channel, events, remote } = pair;
      events.atMessage(() => sendMany(channel, 20));
      remote.send("go");
      remote.close(4002);
      await expectMany(remote, 20);
      equal((await nextClose(remote)).code, 4002, "the code of the answer");
      await expectNoMore(remote);
      await expectClosedOnce(lab, pair, 4002);
    },
  }),
  defineScenario({
    id: "terminate:flushes",
    behaviour: "what was sent in the tick of terminate still reaches a peer that reads",
    needs: ["network", "terminate"],
    async run(lab) {
      const pair = await lab.connect();
      sendMany(pair.channel, 50);
      pair.channel.terminate();
      await expectMany(pair.remote, 50);
      await expectNoMore(pair.remote);
      await expectClosedOnce(lab, pair, 1006);
    },
  }),
  defineScenario({
    id: "wire:reset-while-sending",
    behaviour:
      "a reset amid the messages of one tick throws at most CONNECTION_CLOSED, and is told once as 1006",
    needs: ["network"],
    async run(lab) {
      const pair = await lab.connect();
      sendMany(pair.channel, 100);
      wireOf(pair.remote).reset();
      sendUntilClosed(pair.channel, 100);
      await expectClosedOnce(lab, pair, 1006);
    },
  }),
];

import { equal, ok, sameItems } from "@outsock/contract-kit";
import { type Channel, TransportError } from "@outsock/core";
import type { PeerConnection } from "../peer.ts";
import { nextBytes, nextClose, nextText, wireOf } from "../remote.ts";
import { defineTransportScenario, type TransportScenario } from "../scenario.ts";
import type { Pair, TransportTestbed } from "../transport-testbed.ts";

const large = "x".repeat(100_000);
const rounds = 3;

/** Messages of every kind and a ping, in one tick. */
function sendEveryKind(testbed: TransportTestbed, channel: Channel): void {
  for (let round = 0; round < rounds; round += 1) {
    channel.send(`text ${round}`);
    if (testbed.capabilities.ping) channel.ping();
    channel.send(Uint8Array.of(round, 1, 2, 3));
    channel.send(`${round}${large}`);
    channel.send(`after it ${round}`);
  }
}

async function expectEveryKind(testbed: TransportTestbed, remote: PeerConnection): Promise<void> {
  for (let round = 0; round < rounds; round += 1) {
    equal(await nextText(remote), `text ${round}`, "the text");
    if (testbed.capabilities.ping) await nextBytes(remote, "ping");
    sameItems(await nextBytes(remote, "binary"), [round, 1, 2, 3], "the bytes");
    equal(await nextText(remote), `${round}${large}`, "the large message");
    equal(await nextText(remote), `after it ${round}`, "the text after the large message");
  }
}

/** Order and counting of messages sent in one tick, for transports that write them together and for all others. */
export const tickScenarios: readonly TransportScenario[] = [
  defineTransportScenario({
    id: "send:every-kind-in-order",
    behaviour: "texts, bytes, pings and large messages of one tick arrive in the order of the calls",
    async run(testbed) {
      const { channel, remote } = await testbed.connect();
      for (let tick = 0; tick < 2; tick += 1) {
        sendEveryKind(testbed, channel);
        await expectEveryKind(testbed, remote);
      }
    },
  }),
  defineTransportScenario({
    id: "send:every-kind-over-tls",
    behaviour: "over TLS the messages of one tick also arrive in order, up to the Close frame",
    needs: ["network", "tlsOptions"],
    async run(testbed) {
      const peer = await testbed.peer({ tls: "trusted" });
      if (peer.ca !== undefined) testbed.useTransport({ tls: { ca: peer.ca } });
      const [{ channel, events }, remote] = await Promise.all([
        testbed.open(peer.url),
        peer.nextConnection(),
      ]);
      sendEveryKind(testbed, channel);
      channel.close(4001);
      await expectEveryKind(testbed, remote);
      equal((await nextClose(remote)).code, 4001, "the code the peer received");
      equal((await events.closed()).clean, true, "clean");
    },
  }),
  defineTransportScenario({
    id: "send:counted-at-once",
    behaviour:
      "bufferedAmount includes messages that wait for the end of the tick, and is 0 when drain is reported",
    needs: ["drain"],
    async run(testbed) {
      const { channel, events, remote } = await testbed.connect();
      const bytes = new Uint8Array(100);
      for (let tick = 1; tick <= 2; tick += 1) {
        const drains = events.count("drain");
        for (let i = 0; i < 5; i += 1) channel.send(bytes);
        // A transport may write the first message before the others are sent.
        if (testbed.capabilities.coalescing)
          ok(channel.bufferedAmount >= 400, "waiting messages are not counted");
        ok(channel.bufferedAmount <= 5 * (bytes.byteLength + 14), "bufferedAmount is more than was sent");
        await events.until(() => events.count("drain") > drains);
        equal(channel.bufferedAmount, 0, "bufferedAmount after drain");
        for (let i = 0; i < 5; i += 1) await nextBytes(remote, "binary");
      }
    },
  }),
];

function sendMany(channel: Channel, count: number): void {
  for (let i = 0; i < count; i += 1) channel.send(`small ${i}`);
}

/** A transport may notice the end of the connection at a send, or later. */
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

/** Nothing follows the close. */
async function expectClosedOnce(testbed: TransportTestbed, { events }: Pair, code: number): Promise<void> {
  equal((await events.closed()).code, code, "the close code");
  await testbed.settle();
  equal(events.count("close"), 1, "closes reported");
  equal(events.log.at(-1), "close", "the last event");
}

/** Messages sent in the tick in which a connection ends. */
export const tickEndScenarios: readonly TransportScenario[] = [
  defineTransportScenario({
    id: "close:flushes-small",
    behaviour: "many small messages sent in the same tick as close reach the peer before the Close frame",
    async run(testbed) {
      const { channel, remote } = await testbed.connect();
      sendMany(channel, 500);
      channel.close(4001, "done");
      await expectMany(remote, 500);
      const close = await nextClose(remote);
      equal(close.code, 4001, "the code the peer received");
      equal(close.reason, "done", "the reason the peer received");
      await expectNoMore(remote);
    },
  }),
  defineTransportScenario({
    id: "close:by-peer-while-sending",
    behaviour:
      "messages sent while the peer's Close frame arrives reach the peer before the answer, and nothing follows it",
    async run(testbed) {
      const pair = await testbed.connect();
      const { channel, events, remote } = pair;
      events.atMessage(() => sendMany(channel, 20));
      remote.send("go");
      remote.close(4002);
      await expectMany(remote, 20);
      equal((await nextClose(remote)).code, 4002, "the code of the answer");
      await expectNoMore(remote);
      await expectClosedOnce(testbed, pair, 4002);
    },
  }),
  defineTransportScenario({
    id: "terminate:flushes",
    behaviour: "messages sent in the same tick as terminate still reach a peer that reads",
    needs: ["network", "terminate"],
    async run(testbed) {
      const pair = await testbed.connect();
      sendMany(pair.channel, 50);
      pair.channel.terminate();
      await expectMany(pair.remote, 50);
      await expectNoMore(pair.remote);
      await expectClosedOnce(testbed, pair, 1006);
    },
  }),
  defineTransportScenario({
    id: "wire:reset-while-sending",
    behaviour:
      "after a reset within one tick, send throws nothing but CONNECTION_CLOSED, and close with 1006 is reported once",
    needs: ["network"],
    async run(testbed) {
      const pair = await testbed.connect();
      sendMany(pair.channel, 100);
      wireOf(pair.remote).reset();
      sendUntilClosed(pair.channel, 100);
      await expectClosedOnce(testbed, pair, 1006);
    },
  }),
];

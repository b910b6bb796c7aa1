import type { Channel } from "@outsock/core";
import { equal, ok, sameItems } from "../assert.ts";
import type { Lab } from "../lab.ts";
import type { PeerConnection } from "../peer.ts";
import { nextBytes, nextClose, nextText } from "../remote.ts";
import { defineScenario, type TransportScenario } from "../scenario.ts";

const large = "x".repeat(100_000);
const rounds = 3;

/** Messages of every kind and a ping, in one tick. */
function sendEveryKind(lab: Lab, channel: Channel): void {
  for (let round = 0; round < rounds; round += 1) {
    channel.send(`text ${round}`);
    if (lab.capabilities.ping) channel.ping();
    channel.send(Uint8Array.of(round, 1, 2, 3));
    channel.send(`${round}${large}`);
    channel.send(`after it ${round}`);
  }
}

async function expectEveryKind(lab: Lab, remote: PeerConnection): Promise<void> {
  for (let round = 0; round < rounds; round += 1) {
    equal(await nextText(remote), `text ${round}`, "the text");
    if (lab.capabilities.ping) await nextBytes(remote, "ping");
    sameItems(await nextBytes(remote, "binary"), [round, 1, 2, 3], "the bytes");
    equal(await nextText(remote), `${round}${large}`, "the large message");
    equal(await nextText(remote), `after it ${round}`, "the text after the large message");
  }
}

/** What a transport that gathers the messages of one tick has to keep, and every other one too. */
export const tickScenarios: readonly TransportScenario[] = [
  defineScenario({
    id: "send:every-kind-in-order",
    behaviour: "texts, bytes, pings and large messages of one tick arrive in the order of the calls",
    async run(lab) {
      const { channel, remote } = await lab.connect();
      for (let tick = 0; tick < 2; tick += 1) {
        sendEveryKind(lab, channel);
        await expectEveryKind(lab, remote);
      }
    },
  }),
  defineScenario({
    id: "send:every-kind-over-tls",
    behaviour: "over TLS the order of one tick is kept as well, up to its Close frame",
    needs: ["network", "tlsOptions"],
    async run(lab) {
      const peer = await lab.peer({ tls: "trusted" });
      if (peer.ca !== undefined) lab.useTransport({ tls: { ca: peer.ca } });
      const [{ channel, events }, remote] = await Promise.all([lab.open(peer.url), peer.nextConnection()]);
      sendEveryKind(lab, channel);
      channel.close(4001);
      await expectEveryKind(lab, remote);
      equal((await nextClose(remote)).code, 4001, "the code the peer received");
      equal((await events.closed()).clean, true, "clean");
    },
  }),
  defineScenario({
    id: "send:counted-at-once",
    behaviour: "bufferedAmount counts what waits for the end of the tick, and is 0 when drain is told",
    needs: ["drain"],
    async run(lab) {
      const { channel, events, remote } = await lab.connect();
      const bytes = new Uint8Array(100);
      for (let tick = 1; tick <= 2; tick += 1) {
        const drains = events.count("drain");
        for (let i = 0; i < 5; i += 1) channel.send(bytes);
        // A transport may let the first message leave before the others are there.
        if (lab.capabilities.coalescing) ok(channel.bufferedAmount >= 400, "what waits is not counted");
        ok(channel.bufferedAmount <= 5 * (bytes.byteLength + 14), "bufferedAmount is more than was sent");
        await events.until(() => events.count("drain") > drains);
        equal(channel.bufferedAmount, 0, "bufferedAmount after drain");
        for (let i = 0; i < 5; i += 1) await nextBytes(remote, "binary");
      }
    },
  }),
];

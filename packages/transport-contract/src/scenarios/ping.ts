import { equal, sameItems } from "@outsock/contract-kit";
import { nextBytes, nextClose } from "../remote.ts";
import { defineTransportScenario, type TransportScenario } from "../scenario.ts";

export const pingScenarios: readonly TransportScenario[] = [
  defineTransportScenario({
    id: "ping:pong",
    behaviour: "ping sends a ping frame, and its pong is reported once",
    needs: ["ping"],
    async run(testbed) {
      const { channel, events, remote } = await testbed.connect();
      channel.ping();
      await nextBytes(remote, "ping");
      await events.until(() => events.count("pong") > 0);
      await testbed.settle();
      equal(events.count("pong"), 1, "pongs reported");
    },
  }),
  defineTransportScenario({
    id: "ping:no-answer",
    behaviour: "no pong is reported if the peer does not answer, and nothing else happens",
    needs: ["ping"],
    async run(testbed) {
      const { channel, events, remote } = await testbed.connect({ answersPing: false });
      channel.ping();
      await nextBytes(remote, "ping");
      remote.send("no pong");
      sameItems(await events.texts(1), ["no pong"], "the messages");
      equal(events.log.length, 1, "events reported");
    },
  }),
  defineTransportScenario({
    id: "ping:after-close",
    behaviour: "ping has no effect once closing",
    needs: ["ping"],
    async run(testbed) {
      const { channel, events, remote } = await testbed.connect({ answersClose: false });
      channel.close(4000);
      channel.ping();
      await nextClose(remote);
      remote.close(4000);
      await events.closed();
      channel.ping();
      await remote.ended;
      equal(
        (await remote.nextFrame().catch(() => undefined))?.type,
        undefined,
        "a frame after the Close frame",
      );
      sameItems(events.log, ["close"], "the events");
    },
  }),
  defineTransportScenario({
    id: "ping:answered",
    behaviour: "the peer's ping is answered with its payload, and is not reported",
    needs: ["network"],
    async run(testbed) {
      const { events, remote } = await testbed.connect();
      remote.ping(Uint8Array.of(1, 2, 3));
      sameItems(await nextBytes(remote, "pong"), [1, 2, 3], "the pong's payload");
      remote.ping(new Uint8Array());
      equal((await nextBytes(remote, "pong")).byteLength, 0, "the length of an empty pong");
      equal(events.log.length, 0, "events reported");
    },
  }),
];

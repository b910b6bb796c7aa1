import { equal, sameItems } from "@outsock/contract-kit";
import { nextText } from "../remote.ts";
import { defineTransportScenario, type TransportScenario } from "../scenario.ts";

export const terminateScenarios: readonly TransportScenario[] = [
  defineTransportScenario({
    id: "terminate:destroys",
    behaviour:
      "terminate ends the connection without a Close frame, and an unclean close with 1006 is reported",
    needs: ["terminate"],
    async run(testbed) {
      const { channel, events, remote } = await testbed.connect();
      channel.terminate();
      const close = await events.closed();
      equal(close.code, 1006, "the close code");
      equal(close.reason, "", "the reason");
      equal(close.clean, false, "clean");
      await remote.ended;
      equal(
        (await remote.nextFrame().catch(() => undefined))?.type,
        undefined,
        "a frame of the ended channel",
      );
    },
  }),
  defineTransportScenario({
    id: "terminate:gives-up",
    behaviour: "after terminate, close with 1006 is reported soon, even if the runtime ends the socket later",
    async run(testbed) {
      const { channel, events } = await testbed.connect({ answersClose: false });
      channel.terminate();
      const close = await events.closed();
      equal(close.code, 1006, "the close code");
      equal(close.clean, false, "clean");
    },
  }),
  defineTransportScenario({
    id: "terminate:last-word",
    behaviour: "after terminate, close is the only event",
    async run(testbed) {
      const { channel, events, remote } = await testbed.connect();
      channel.terminate();
      channel.terminate();
      channel.close(1000);
      remote.send("too late");
      await events.closed();
      await testbed.settle();
      sameItems(events.log, ["close"], "the events");
    },
  }),
];

export const unrefScenarios: readonly TransportScenario[] = [
  defineTransportScenario({
    id: "unref:still-works",
    behaviour: "a channel sends and receives as before after ref and unref",
    async run(testbed) {
      const { channel, events, remote } = await testbed.connect();
      for (const change of ["unref", "unref", "ref", "ref", "unref"] as const) {
        channel[change]();
        channel.send(change);
        equal(await nextText(remote), change, "what the peer received");
        remote.send(`still ${change}`);
      }
      equal((await events.texts(5))[4], "still unref", "what was received last");
    },
  }),
];

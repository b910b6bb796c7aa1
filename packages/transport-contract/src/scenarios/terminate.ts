import { equal, sameItems } from "../assert.ts";
import { defineScenario, type TransportScenario } from "../scenario.ts";

export const terminateScenarios: readonly TransportScenario[] = [
  defineScenario({
    id: "terminate:destroys",
    behaviour: "terminate ends the connection without a Close frame and tells 1006, not clean",
    needs: ["terminate"],
    async run(lab) {
      const { channel, events, remote } = await lab.connect();
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
  defineScenario({
    id: "terminate:gives-up",
    behaviour: "terminate tells close with 1006 soon, also where the runtime ends the socket later",
    async run(lab) {
      const { channel, events } = await lab.connect({ answersClose: false });
      channel.terminate();
      const close = await events.closed();
      equal(close.code, 1006, "the close code");
      equal(close.clean, false, "clean");
    },
  }),
  defineScenario({
    id: "terminate:last-word",
    behaviour: "after terminate close is the only event",
    async run(lab) {
      const { channel, events, remote } = await lab.connect();
      channel.terminate();
      channel.terminate();
      channel.close(1000);
      remote.send("too late");
      await events.closed();
      await lab.settle();
      sameItems(events.log, ["close"], "the events");
    },
  }),
];

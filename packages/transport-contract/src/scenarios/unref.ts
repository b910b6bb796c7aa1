import { equal } from "../assert.ts";
import { nextText } from "../remote.ts";
import { defineScenario, type TransportScenario } from "../scenario.ts";

export const unrefScenarios: readonly TransportScenario[] = [
  defineScenario({
    id: "unref:still-works",
    behaviour: "a channel sends and receives as before, whether it is ref'd or unref'd",
    async run(lab) {
      const { channel, events, remote } = await lab.connect();
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

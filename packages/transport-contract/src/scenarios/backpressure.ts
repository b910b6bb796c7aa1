import { equal, ok } from "@outsock/contract-kit";
import { nextBytes, nextText } from "../remote.ts";
import { defineTransportScenario, type TransportScenario } from "../scenario.ts";
import type { Pair } from "../transport-testbed.ts";

/** With {@link chunks} more than any kernel buffers for a peer that does not read. */
const chunk = new Uint8Array(1024 * 1024);
const chunks = 24;

function flood({ channel, remote }: Pair): void {
  remote.stopReading();
  for (let i = 0; i < chunks; i += 1) channel.send(chunk);
}

export const backpressureScenarios: readonly TransportScenario[] = [
  defineTransportScenario({
    id: "send:buffered-amount",
    behaviour:
      "bufferedAmount grows while the peer does not read, and is 0 once the peer has read everything",
    async run(testbed) {
      const pair = await testbed.connect();
      flood(pair);
      await testbed.settle();
      ok(pair.channel.bufferedAmount > 0, "bufferedAmount stayed 0");
      ok(
        pair.channel.bufferedAmount <= chunks * (chunk.byteLength + 14),
        "bufferedAmount is more than was sent",
      );
      pair.remote.resumeReading();
      for (let i = 0; i < chunks; i += 1) await nextBytes(pair.remote, "binary");
      while (pair.channel.bufferedAmount > 0) await testbed.settle();
    },
  }),
  defineTransportScenario({
    id: "send:no-idle-drain",
    behaviour: "drain is not reported if nothing had to wait",
    needs: ["drain"],
    async run(testbed) {
      const { channel, events, remote } = await testbed.connect();
      let waited = 0;
      for (let i = 0; i < 5; i += 1) {
        channel.send("taken at once");
        if (channel.bufferedAmount > 0) waited += 1;
        await nextText(remote);
        await testbed.settle(1);
      }
      ok(events.count("drain") <= waited, "a drain was reported for a message that had not waited");
    },
  }),
  defineTransportScenario({
    id: "send:drain",
    behaviour: "drain is reported when bufferedAmount is back at 0, and not before",
    needs: ["drain"],
    async run(testbed) {
      const pair = await testbed.connect();
      flood(pair);
      await testbed.settle();
      equal(pair.events.count("drain"), 0, "drains reported while the peer does not read");
      pair.remote.resumeReading();
      await pair.events.until(() => pair.events.count("drain") > 0);
      equal(pair.channel.bufferedAmount, 0, "bufferedAmount after drain");
    },
  }),
  defineTransportScenario({
    id: "terminate:unread",
    behaviour: "terminate ends a channel whose peer does not read",
    needs: ["terminate"],
    async run(testbed) {
      const pair = await testbed.connect();
      flood(pair);
      await testbed.settle();
      pair.channel.terminate();
      equal((await pair.events.closed()).code, 1006, "the close code");
      pair.remote.resumeReading();
      await pair.remote.ended;
    },
  }),
];

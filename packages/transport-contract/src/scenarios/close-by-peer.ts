import { equal, sameItems } from "@outsock/contract-kit";
import { encodeMessage } from "../frame-writer.ts";
import { nextClose, wireOf } from "../remote.ts";
import { defineTransportScenario, type TransportScenario } from "../scenario.ts";

export const closeByPeerScenarios: readonly TransportScenario[] = [
  defineTransportScenario({
    id: "close:by-peer",
    behaviour: "the peer's Close frame is answered, and reported as a clean close with its code and reason",
    async run(testbed) {
      const peer = await testbed.peer();
      for (const code of [1000, 1001, 1008, 1011, 1012, 3000, 4001, 4999]) {
        const { events } = await testbed.open(peer.url);
        const remote = await peer.nextConnection();
        remote.close(code, `because of ${code}`);
        equal((await nextClose(remote)).code, code, "the code of the answer");
        const close = await events.closed();
        equal(close.code, code, "the close code");
        equal(close.reason, `because of ${code}`, "the reason");
        equal(close.clean, true, "clean");
        equal(close.error, undefined, "the close's error");
        await remote.ended;
      }
    },
  }),
  defineTransportScenario({
    id: "close:by-peer-no-code",
    behaviour: "a Close frame without a code is reported as a clean close with 1005",
    async run(testbed) {
      const { events, remote } = await testbed.connect();
      remote.close();
      const close = await events.closed();
      equal(close.code, 1005, "the close code");
      equal(close.reason, "", "the reason");
      equal(close.clean, true, "clean");
      await remote.ended;
    },
  }),
  defineTransportScenario({
    id: "close:by-peer-after-messages",
    behaviour: "messages before the peer's Close frame are reported before the close",
    async run(testbed) {
      const { events, remote } = await testbed.connect();
      remote.send("one");
      remote.send("two");
      remote.close(1000);
      await events.closed();
      sameItems(events.log, ["message", "message", "close"], "the events");
    },
  }),
  defineTransportScenario({
    id: "close:by-peer-with-handshake",
    behaviour: "a greeting and a close sent right after the handshake are both reported",
    async run(testbed) {
      const peer = await testbed.peer({ greeting: ["hello"] });
      const [{ events }] = await Promise.all([
        testbed.open(peer.url),
        peer.nextConnection().then((remote) => remote.close(4000, "at once")),
      ]);
      equal((await events.closed()).code, 4000, "the close code");
      sameItems(events.log, ["message", "close"], "the events");
    },
  }),
  defineTransportScenario({
    id: "close:both",
    behaviour: "if both ends close at the same time, the close is clean",
    async run(testbed) {
      const { channel, events, remote } = await testbed.connect();
      channel.close(4001);
      remote.close(4002);
      const close = await events.closed();
      equal(close.code, 4002, "the close code");
      equal(close.clean, true, "clean");
      await remote.ended;
    },
  }),
  defineTransportScenario({
    id: "close:nothing-after-frame",
    behaviour: "messages after the peer's Close frame are not reported",
    needs: ["network"],
    async run(testbed) {
      const { events, remote } = await testbed.connect({ answersClose: false });
      remote.close(1000);
      wireOf(remote).raw(encodeMessage("too late"));
      wireOf(remote).end();
      equal((await events.closed()).code, 1000, "the close code");
      sameItems(events.log, ["close"], "the events");
    },
  }),
  defineTransportScenario({
    id: "close:peer-lingers",
    behaviour:
      "if the peer keeps TCP open after both Close frames, the close is reported and the transport ends the connection",
    needs: ["network"],
    async run(testbed) {
      const { events, remote } = await testbed.connect({ lingers: true });
      remote.close(1008, "go away");
      equal((await nextClose(remote)).code, 1008, "the code of the answer");
      const close = await events.closed();
      equal(close.code, 1008, "the close code");
      equal(close.reason, "go away", "the reason");
      equal(close.clean, true, "clean");
      equal(close.error, undefined, "the close's error");
      await remote.ended;
    },
  }),
  defineTransportScenario({
    id: "close:answered-peer-lingers",
    behaviour:
      "if the peer answers a Close frame and keeps TCP open, the transport ends the connection with the answer's code",
    needs: ["network"],
    async run(testbed) {
      const { channel, events, remote } = await testbed.connect({ answersClose: false, lingers: true });
      channel.close(4001);
      await nextClose(remote);
      remote.close(4002, "as you like");
      const close = await events.closed();
      equal(close.code, 4002, "the close code");
      equal(close.reason, "as you like", "the reason");
      equal(close.clean, true, "clean");
      await remote.ended;
    },
  }),
  defineTransportScenario({
    id: "close:peer-lingers-after-messages",
    behaviour: "20,000 messages before a Close frame all arrive, even if the peer keeps TCP open",
    needs: ["network"],
    async run(testbed) {
      const { events, remote } = await testbed.connect({ lingers: true });
      const message = encodeMessage("message");
      const all = new Uint8Array(20_000 * message.byteLength);
      for (let at = 0; at < all.byteLength; at += message.byteLength) all.set(message, at);
      wireOf(remote).raw(all);
      remote.close(1000);
      equal((await events.closed()).code, 1000, "the close code");
      equal(events.messages.length, 20_000, "messages reported before the close");
      equal(events.log.at(-1), "close", "the last event");
      await remote.ended;
    },
  }),
];

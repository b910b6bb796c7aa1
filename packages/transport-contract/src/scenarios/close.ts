import { equal, ok, sameItems } from "@outsock/contract-kit";
import { nextClose, nextText } from "../remote.ts";
import { defineTransportScenario, type TransportScenario } from "../scenario.ts";

const longestReason = "r".repeat(123);

export const closeScenarios: readonly TransportScenario[] = [
  defineTransportScenario({
    id: "close:code-and-reason",
    behaviour: "close sends its code and reason; the peer's answer ends the connection with a clean close",
    async run(testbed) {
      const { channel, events, remote } = await testbed.connect();
      channel.close(4001, "enough");
      const frame = await nextClose(remote);
      equal(frame.code, 4001, "the code the peer received");
      equal(frame.reason, "enough", "the reason the peer received");
      const close = await events.closed();
      equal(close.code, 4001, "the close code");
      equal(close.clean, true, "clean");
      equal(close.error, undefined, "the close's error");
      await remote.ended;
    },
  }),
  defineTransportScenario({
    id: "close:no-code",
    behaviour: "close without a code sends an empty Close frame, and an empty answer is reported as 1005",
    needs: ["closeReachesPeer"],
    async run(testbed) {
      const { channel, events, remote } = await testbed.connect();
      channel.close();
      equal((await nextClose(remote)).code, 1005, "the code the peer received");
      const close = await events.closed();
      equal(close.code, 1005, "the close code");
      equal(close.clean, true, "clean");
      await remote.ended;
    },
  }),
  defineTransportScenario({
    id: "close:long-reason",
    behaviour: "a reason of 123 bytes arrives in both directions",
    async run(testbed) {
      const { channel, events, remote } = await testbed.connect({ answersClose: false });
      channel.close(1000, longestReason);
      equal((await nextClose(remote)).reason, longestReason, "the reason the peer received");
      remote.close(1000, longestReason);
      equal((await events.closed()).reason, longestReason, "the reason that the channel reports");
    },
  }),
  defineTransportScenario({
    id: "close:flushes",
    behaviour: "messages sent before close reach the peer before the Close frame",
    async run(testbed) {
      const { channel, remote } = await testbed.connect();
      const large = "x".repeat(1024 * 1024);
      for (let i = 0; i < 4; i += 1) channel.send(`${i}${large}`);
      channel.close(1000);
      for (let i = 0; i < 4; i += 1) equal(await nextText(remote), `${i}${large}`, "a message");
      equal((await nextClose(remote)).code, 1000, "the code the peer received");
    },
  }),
  defineTransportScenario({
    id: "close:messages-until-answer",
    behaviour: "while closing, messages before the peer's Close frame are still reported",
    needs: ["messagesWhileClosing"],
    async run(testbed) {
      const { channel, events, remote } = await testbed.connect({ answersClose: false });
      channel.close(4000);
      await nextClose(remote);
      remote.send("one more");
      remote.send("and another");
      remote.close(4000);
      equal((await events.closed()).code, 4000, "the close code");
      sameItems(await events.texts(2), ["one more", "and another"], "the messages");
    },
  }),
  defineTransportScenario({
    id: "close:twice",
    behaviour: "a second close has no effect: one Close frame is sent, with the code of the first call",
    async run(testbed) {
      const { channel, events, remote } = await testbed.connect({ answersClose: false });
      channel.close(4001);
      channel.close(4002);
      equal((await nextClose(remote)).code, 4001, "the code the peer received");
      remote.close(4001);
      await events.closed();
      channel.close(4003);
      await remote.ended;
      ok(
        (await remote.nextFrame().catch(() => undefined)) === undefined,
        "something followed the Close frame",
      );
    },
  }),
  defineTransportScenario({
    id: "close:once",
    behaviour: "close is reported exactly once and last, whatever is called afterwards",
    async run(testbed) {
      const { channel, events } = await testbed.connect();
      channel.close(1000);
      await events.closed();
      channel.close(1000);
      channel.ping();
      channel.pause();
      channel.resume();
      channel.terminate();
      await testbed.settle();
      sameItems(events.log, ["close"], "the events");
    },
  }),
  defineTransportScenario({
    id: "close:unanswered",
    behaviour: "close waits for the peer's answer without limit; terminate ends the wait with 1006",
    needs: ["terminate"],
    async run(testbed) {
      const { channel, events, remote } = await testbed.connect({ answersClose: false });
      channel.close(4000);
      await nextClose(remote);
      await testbed.settle();
      equal(events.closes.length, 0, "closes reported before the peer answered");
      channel.terminate();
      const close = await events.closed();
      equal(close.code, 1006, "the close code");
      equal(close.clean, false, "clean");
      await remote.ended;
    },
  }),
];

import { equal, sameItems } from "@outsock/contract-kit";
import { encodeCloseFrame, encodeFrame, encodeMessage, opcodes } from "../frame-writer.ts";
import { endsWithAtMost, wireOf } from "../remote.ts";
import { defineTransportScenario, type TransportScenario } from "../scenario.ts";
import type { Pair, TransportTestbed } from "../transport-testbed.ts";

/** A frame that a server must not send by RFC 6455, between a message that arrives and one that must not. */
function fault(id: string, what: string, bytes: Uint8Array): TransportScenario {
  return defineTransportScenario({
    id,
    behaviour: `${what} causes an unclean close with PROTOCOL_ERROR, after the messages before it`,
    needs: ["network"],
    async run(testbed) {
      const { events, remote } = await testbed.connect();
      for (const part of [encodeMessage("before"), bytes, encodeMessage("after")]) wireOf(remote).raw(part);
      const close = await events.closed();
      const code = testbed.capabilities.failureReason ? "PROTOCOL_ERROR" : close.error?.code;
      equal(close.error?.code, code, "the code of the close's error");
      equal(close.code, 1006, "the close code");
      equal(close.clean, false, "clean");
      equal(events.log.join(), "message,close", "the events");
      await endsWithAtMost(remote, [1002, 1007]);
    },
  });
}

const badUtf8 = [0xc3, 0x28];
const closeWithBadUtf8 = encodeFrame(opcodes.close, [1000 >> 8, 1000 & 0xff, ...badUtf8]);

export const wireFaultScenarios: readonly TransportScenario[] = [
  fault("wire:masked", "a masked frame", encodeFrame(opcodes.text, "masked", { masked: true })),
  fault("wire:reserved-bits", "a reserved bit", encodeFrame(opcodes.text, "bits", { reserved: 4 })),
  fault("wire:reserved-opcode", "a reserved opcode", encodeFrame(0x3, "opcode")),
  fault("wire:bad-utf8", "a text that is not UTF-8", encodeFrame(opcodes.text, badUtf8)),
  fault(
    "wire:orphan-continuation",
    "a continuation without a message",
    encodeFrame(opcodes.continuation, "orphan"),
  ),
  fault("wire:fragmented-control", "a ping in fragments", encodeFrame(opcodes.ping, "part", { fin: false })),
  fault("wire:long-control", "a ping of 126 bytes", encodeFrame(opcodes.ping, "x".repeat(126))),
  fault("wire:close-1005", "a Close frame with the code 1005", encodeCloseFrame(1005)),
  fault("wire:close-999", "a Close frame with the code 999", encodeCloseFrame(999)),
  fault("wire:close-half-code", "a Close frame of one byte", encodeFrame(opcodes.close, [3])),
  fault("wire:close-bad-utf8", "a Close frame whose reason is not UTF-8", closeWithBadUtf8),
];

/** Ends the connection without a Close frame, after one message that must not be lost. */
async function expectAbnormal(testbed: TransportTestbed, end: (pair: Pair) => void): Promise<void> {
  const pair = await testbed.connect();
  pair.remote.send("before");
  await pair.events.until(() => pair.events.messages.length === 1);
  end(pair);
  const close = await pair.events.closed();
  equal(close.code, 1006, "the close code");
  equal(close.reason, "", "the reason");
  equal(close.clean, false, "clean");
  equal(close.error?.code, "CONNECTION_CLOSED", "the code of the close's error");
  sameItems(pair.events.log, ["message", "close"], "the events");
  await pair.remote.ended;
}

export const wireEndScenarios: readonly TransportScenario[] = [
  defineTransportScenario({
    id: "wire:dropped",
    behaviour:
      "a connection that ends without a Close frame is an unclean close with 1006 and CONNECTION_CLOSED",
    run: (testbed) => expectAbnormal(testbed, ({ remote }) => remote.drop()),
  }),
  defineTransportScenario({
    id: "wire:reset",
    behaviour: "a reset is an unclean close with 1006 and CONNECTION_CLOSED",
    needs: ["network"],
    run: (testbed) => expectAbnormal(testbed, ({ remote }) => wireOf(remote).reset()),
  }),
  defineTransportScenario({
    id: "wire:end",
    behaviour: "a FIN without a Close frame is an unclean close with 1006 and CONNECTION_CLOSED",
    needs: ["network"],
    run: (testbed) => expectAbnormal(testbed, ({ remote }) => wireOf(remote).end()),
  }),
  defineTransportScenario({
    id: "wire:half-frame",
    behaviour: "a frame cut short by a FIN is not reported: an unclean close with 1006 and CONNECTION_CLOSED",
    needs: ["network"],
    run: (testbed) =>
      expectAbnormal(testbed, ({ remote }) => {
        wireOf(remote).raw(encodeFrame(opcodes.text, "half", { announcedLength: 100 }));
        wireOf(remote).end();
      }),
  }),
  defineTransportScenario({
    id: "wire:half-message",
    behaviour: "a message without its last fragment is not reported",
    needs: ["network"],
    run: (testbed) =>
      expectAbnormal(testbed, ({ remote }) => {
        wireOf(remote).raw(encodeFrame(opcodes.text, "half", { fin: false }));
        wireOf(remote).end();
      }),
  }),
];

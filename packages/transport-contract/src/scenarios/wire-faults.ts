import { equal } from "../assert.ts";
import { encodeClose, encodeFrame, encodeMessage, opcodes } from "../frame-writer.ts";
import { endsWithAtMost, wireOf } from "../remote.ts";
import { defineScenario, type TransportScenario } from "../scenario.ts";

/** A frame that RFC 6455 forbids a server to send. A whole message comes first, and one that must not count after. */
function fault(id: string, what: string, bytes: Uint8Array): TransportScenario {
  return defineScenario({
    id,
    behaviour: `${what} closes with PROTOCOL_ERROR, not clean, after what came before it`,
    needs: ["network"],
    async run(lab) {
      const { events, remote } = await lab.connect();
      for (const part of [encodeMessage("before"), bytes, encodeMessage("after")]) wireOf(remote).raw(part);
      const close = await events.closed();
      const code = lab.capabilities.failureReason ? "PROTOCOL_ERROR" : close.error?.code;
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
  fault("wire:orphan-continuation", "a continuation of nothing", encodeFrame(opcodes.continuation, "orphan")),
  fault("wire:fragmented-control", "a ping in fragments", encodeFrame(opcodes.ping, "part", { fin: false })),
  fault("wire:long-control", "a ping of 126 bytes", encodeFrame(opcodes.ping, "x".repeat(126))),
  fault("wire:close-1005", "a Close frame with the code 1005", encodeClose(1005)),
  fault("wire:close-999", "a Close frame with the code 999", encodeClose(999)),
  fault("wire:close-half-code", "a Close frame of one byte", encodeFrame(opcodes.close, [3])),
  fault("wire:close-bad-utf8", "a Close frame whose reason is not UTF-8", closeWithBadUtf8),
];

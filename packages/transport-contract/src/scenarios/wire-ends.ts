import { equal, sameItems } from "../assert.ts";
import { encodeFrame, opcodes } from "../frame-writer.ts";
import type { Lab, Pair } from "../lab.ts";
import { wireOf } from "../remote.ts";
import { defineScenario, type TransportScenario } from "../scenario.ts";

/** Lets the connection end without a Close frame, after one message that must not be lost. */
async function expectAbnormal(lab: Lab, end: (pair: Pair) => void): Promise<void> {
  const pair = await lab.connect();
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
  defineScenario({
    id: "wire:dropped",
    behaviour:
      "a connection that ends without a Close frame closes with 1006, not clean, and CONNECTION_CLOSED",
    run: (lab) => expectAbnormal(lab, ({ remote }) => remote.drop()),
  }),
  defineScenario({
    id: "wire:reset",
    behaviour: "a reset closes with 1006, not clean, and CONNECTION_CLOSED",
    needs: ["network"],
    run: (lab) => expectAbnormal(lab, ({ remote }) => wireOf(remote).reset()),
  }),
  defineScenario({
    id: "wire:end",
    behaviour: "a FIN without a Close frame closes with 1006, not clean, and CONNECTION_CLOSED",
    needs: ["network"],
    run: (lab) => expectAbnormal(lab, ({ remote }) => wireOf(remote).end()),
  }),
  defineScenario({
    id: "wire:half-frame",
    behaviour: "a frame cut short by a FIN is no message: 1006, not clean, and CONNECTION_CLOSED",
    needs: ["network"],
    run: (lab) =>
      expectAbnormal(lab, ({ remote }) => {
        wireOf(remote).raw(encodeFrame(opcodes.text, "half", { announcedLength: 100 }));
        wireOf(remote).end();
      }),
  }),
  defineScenario({
    id: "wire:half-message",
    behaviour: "a message whose last fragment never comes is no message",
    needs: ["network"],
    run: (lab) =>
      expectAbnormal(lab, ({ remote }) => {
        wireOf(remote).raw(encodeFrame(opcodes.text, "half", { fin: false }));
        wireOf(remote).end();
      }),
  }),
];

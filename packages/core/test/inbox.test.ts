import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { Inbox, type Waiter } from "../src/connection/inbox.ts";
import { textMessage } from "./support/puppet.ts";

function waiter(deliver: (text: string) => void, end: () => void = () => {}): Waiter {
  return {
    deliver(message) {
      if (message === undefined) end();
      else deliver(message.text());
      return true;
    },
  };
}

describe("the inbox", () => {
  it("hands every message on once and in order, to receivers in the order they came", () => {
    const move = fc.oneof(
      fc.constant("push" as const),
      fc.constant("take" as const),
      fc.constant("wait" as const),
      fc.constant("stop" as const),
    );
    fc.assert(
      fc.property(fc.array(move, { maxLength: 200, size: "max" }), (moves) => {
        const inbox = new Inbox();
        const got: number[] = [];
        const served: number[] = [];
        const waiting: { id: number; waiter: Waiter }[] = [];
        let pushed = 0;
        let waiters = 0;
        for (const action of moves) {
          if (action === "push") inbox.push(textMessage(String(pushed++)));
          if (action === "take") {
            const message = inbox.take();
            if (message !== undefined) got.push(Number(message.text()));
          }
          if (action === "wait" && inbox.count === 0) {
            const id = waiters++;
            const one = waiter((text) => {
              got.push(Number(text));
              served.push(id);
              waiting.splice(
                waiting.findIndex((entry) => entry.id === id),
                1,
              );
            });
            waiting.push({ id, waiter: one });
            inbox.wait(one);
          }
          if (action === "stop") {
            const last = waiting.pop();
            if (last !== undefined) inbox.stopWaiting(last.waiter);
          }
          expect(inbox.count === 0 || waiting.length === 0).toBe(true);
        }
        for (let message = inbox.take(); message !== undefined; message = inbox.take())
          got.push(Number(message.text()));
        expect(got).toEqual(Array.from({ length: pushed }, (_, index) => index));
        expect(served).toEqual([...served].sort((a, b) => a - b));
        expect({ count: inbox.count, bytes: inbox.bytes }).toEqual({ count: 0, bytes: 0 });
      }),
    );
  });

  it("knows how many bytes it holds", () => {
    const inbox = new Inbox();
    inbox.push(textMessage("äb"));
    inbox.push(textMessage("c"));
    expect(inbox.bytes).toBe(4);
    inbox.take();
    expect(inbox.bytes).toBe(1);
  });

  it("tells everyone who waits when nothing will come", () => {
    const inbox = new Inbox();
    const ended: number[] = [];
    inbox.wait(
      waiter(
        () => {},
        () => ended.push(1),
      ),
    );
    inbox.wait(
      waiter(
        () => {},
        () => ended.push(2),
      ),
    );
    inbox.end();
    expect(ended).toEqual([1, 2]);
  });
});

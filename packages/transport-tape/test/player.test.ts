import { manualClock } from "@outsock/core/testing";
import { describe, expect, it } from "vitest";
import { createCompare, entryPayload, type MessageEntry, Player, readTape } from "../src/index.ts";
import { channelLines, tapeOf } from "./support/tapes.ts";
import { settle } from "./support/user.ts";

const out = (text: string) => ({ type: "out", text });
const incoming = (text: string) => ({ type: "in", text });
const closed = { type: "closed", code: 4000, reason: "over", clean: true };

/** A player as a server uses it: its events are sent to a client, and the client's calls are passed to it. */
function playerOf(entries: readonly object[], speed?: number) {
  const tape = readTape(tapeOf(channelLines(entries)));
  const [channel] = tape.channels;
  if (channel === undefined) throw new Error("no channel");
  const played: unknown[] = [];
  const clock = manualClock();
  const player = new Player(
    tape,
    channel,
    {
      message: (entry) => played.push(entryPayload(entry)),
      close: ({ code, reason }) => played.push({ code, reason }),
    },
    { compare: createCompare(), clock, speed },
  );
  return { player, played, clock };
}

describe("a player", () => {
  it("plays nothing before play() is called, and then what is due", async () => {
    const { player, played } = playerOf([incoming("hi"), out("q"), incoming("a"), closed]);
    await settle();
    expect(played).toEqual([]);
    player.play();
    player.play();
    expect(played).toEqual([]);
    await settle();
    expect(played).toEqual(["hi"]);
    expect(player.sent("q")).toBeUndefined();
    expect(played).toEqual(["hi"]);
    await settle();
    expect(played).toEqual(["hi", "a", { code: 4000, reason: "over" }]);
    expect(player.rest()).toBeUndefined();
  });

  it("reports where a client departs from the tape, and keeps waiting", async () => {
    const { player, played } = playerOf([out("q"), incoming("a")]);
    expect(player.sent("x")).toMatchObject({
      code: "TAPE_PARTED",
      line: 4,
      difference: { at: "character 1" },
    });
    await settle();
    expect(played).toEqual([]);
    expect(player.rest()).toMatchObject({ line: 4 });
    expect(player.sent("q")).toBeUndefined();
    await settle();
    expect(played).toEqual(["a"]);
    expect(player.sent("more")).toMatchObject({ code: "TAPE_PARTED", line: 5 });
  });

  it.each([undefined, 1])("plays nothing while it is held, with speed %s", async (speed) => {
    const { player, played, clock } = playerOf([out("q"), incoming("a"), incoming("b")], speed);
    player.hold();
    player.play();
    player.sent("q");
    await clock.advance(1_000);
    expect(played).toEqual([]);
    player.release();
    player.hold();
    await clock.advance(1_000);
    expect(played).toEqual([]);
    player.release();
    player.release();
    await clock.advance(1_000);
    expect(played).toEqual(["a", "b"]);
  });

  it.each([undefined, 1])("plays nothing after it was stopped, with speed %s", async (speed) => {
    const { player, played, clock } = playerOf([incoming("a"), out("q"), incoming("b")], speed);
    player.play();
    player.stop();
    player.hold();
    player.release();
    player.play();
    player.sent("q");
    await clock.advance(1_000);
    expect(played).toEqual([]);
    player.ended("closing", 1000);
    await clock.advance(1_000);
    expect(played).toEqual([]);
    expect(clock.timers).toBe(0);
  });

  it("may be stopped or held from within its own events", async () => {
    const tape = readTape(tapeOf(channelLines([incoming("a"), incoming("b")])));
    const [channel] = tape.channels;
    if (channel === undefined) throw new Error("no channel");
    const played: MessageEntry[] = [];
    const player: Player = new Player(
      tape,
      channel,
      {
        message(entry) {
          played.push(entry);
          player.hold();
        },
        close() {},
      },
      { compare: createCompare(), clock: manualClock() },
    );
    player.play();
    await settle();
    expect(played).toMatchObject([{ text: "a", line: 4 }]);
    player.release();
    await settle();
    expect(played).toHaveLength(2);
  });

  it.each<[string, object[], "closing" | "terminated", number | undefined, object]>([
    [
      "as on the tape",
      [{ type: "closing", code: 1000 }, closed],
      "closing",
      1000,
      { answered: true, parting: undefined },
    ],
    [
      "as on the tape, which has no answer",
      [{ type: "closing" }],
      "closing",
      undefined,
      { answered: false, parting: undefined },
    ],
    [
      "as on the tape, which ends before the answer",
      [{ type: "closing" }, incoming("a")],
      "closing",
      undefined,
      { answered: false, parting: undefined },
    ],
    [
      "with another code",
      [{ type: "closing", code: 1000 }, closed],
      "closing",
      1001,
      { answered: true, parting: { line: 4 } },
    ],
    [
      "too early",
      [out("q"), { type: "closing" }, closed],
      "closing",
      1000,
      { answered: false, parting: { line: 4 } },
    ],
    [
      "without a close, too early",
      [out("q"), closed],
      "terminated",
      undefined,
      { answered: false, parting: { line: 4 } },
    ],
    [
      "without a close",
      [{ type: "closing" }, closed],
      "terminated",
      undefined,
      { answered: false, parting: undefined },
    ],
    ["when the tape is at its end", [], "closing", 1000, { answered: false, parting: undefined }],
    [
      "when the tape has its end by the peer",
      [incoming("a"), closed],
      "closing",
      1000,
      { answered: false, parting: undefined },
    ],
  ])("compares how a client leaves with the tape: %s", async (_, entries, how, code, expected) => {
    const { player, played } = playerOf(entries);
    player.play();
    const ending = player.ended(how, code);
    expect(ending).toMatchObject(expected);
    await settle();
    expect(played).toEqual(ending.answered ? [{ code: 4000, reason: "over" }] : []);
    expect(player.rest()).toBeUndefined();
  });
});

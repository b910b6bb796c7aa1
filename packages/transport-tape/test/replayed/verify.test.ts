import { describe, expect, it } from "vitest";
import { TapeParting } from "../../src/index.ts";
import { type Replayer, replayer } from "../support/replayer.ts";
import { channelLines, url } from "../support/tapes.ts";
import { settle, thrown, type User } from "../support/user.ts";

const out = (text: string) => ({ type: "out", text });
const incoming = (text: string) => ({ type: "in", text });
const closed = { type: "closed", code: 1000, reason: "", clean: true };
const terminated = { type: "terminated" };

interface Case {
  readonly entries: object[];
  readonly run: (user: User) => void;
  /** The line of the tape that was expected next; undefined if verify passes. */
  readonly line?: number;
  readonly at?: string;
}

const cases: Record<string, Case> = {
  "everything was played": {
    entries: [out("a"), incoming("b"), closed],
    run: ({ channel }) => channel.send("a"),
  },
  "a message is missing": { entries: [out("a"), out("b")], run: ({ channel }) => channel.send("a"), line: 5 },
  "a later message is missing too": {
    entries: [out("a"), incoming("b")],
    run: () => {},
    line: 4,
  },
  "the caller did not wait for a message": {
    entries: [out("a"), incoming("b"), out("c")],
    run({ channel }) {
      channel.pause();
      channel.send("a");
    },
    line: 5,
  },
  "the caller did not wait for the end": {
    entries: [out("a"), closed],
    run({ channel }) {
      channel.pause();
      channel.send("a");
    },
    line: 5,
  },
  "a close is missing": { entries: [{ type: "closing" }, closed], run: () => {}, line: 4 },
  "a terminate is missing": { entries: [terminated], run: () => {}, line: 4 },
  "it was closed as on the tape": {
    entries: [{ type: "closing", code: 4000, reason: "a" }, closed],
    run: ({ channel }) => channel.close(4000, "a"),
  },
  "it was closed with another reason": {
    entries: [{ type: "closing", code: 4000, reason: "a" }, closed],
    run: ({ channel }) => channel.close(4000, "b"),
  },
  "it was closed with another code": {
    entries: [{ type: "closing", code: 4000 }, closed],
    run: ({ channel }) => channel.close(4001),
    line: 4,
    at: "code",
  },
  "it was closed without the code": {
    entries: [{ type: "closing", code: 4000 }, closed],
    run: ({ channel }) => channel.close(),
    line: 4,
    at: "code",
  },
  "it was closed with a code and the tape has none": {
    entries: [{ type: "closing" }, closed],
    run: ({ channel }) => channel.close(1000),
    line: 4,
    at: "code",
  },
  "it was closed too early": {
    entries: [out("a"), { type: "closing" }, closed],
    run: ({ channel }) => channel.close(),
    line: 4,
  },
  "it was terminated too early": { entries: [out("a")], run: ({ channel }) => channel.terminate(), line: 4 },
  "it was terminated as on the tape": {
    entries: [terminated, closed],
    run: ({ channel }) => channel.terminate(),
  },
  "it was closed and the tape has a termination": {
    entries: [terminated],
    run: ({ channel }) => channel.close(),
  },
  "it was terminated and the tape has a close": {
    entries: [{ type: "closing" }, closed],
    run: ({ channel }) => channel.terminate(),
  },
  "it was closed and then terminated": {
    entries: [out("a"), { type: "closing" }, closed],
    run({ channel }) {
      channel.send("a");
      channel.close();
      channel.terminate();
    },
  },
  "it was closed before the peer had sent everything": {
    entries: [incoming("a"), incoming("b"), closed],
    run: ({ channel }) => channel.close(1000),
  },
  "another message was sent": {
    entries: [out("a")],
    run: ({ channel }) => void thrown(() => channel.send("b")),
    line: 4,
    at: "character 1",
  },
  "a message was sent and the tape has a close": {
    entries: [{ type: "closing" }],
    run: ({ channel }) => void thrown(() => channel.send("b")),
    line: 4,
  },
};

async function result({ replay }: Replayer): Promise<unknown> {
  await settle();
  try {
    replay.verify();
    return undefined;
  } catch (error) {
    return error;
  }
}

describe("verify, when", () => {
  it.each(Object.entries(cases))("%s", async (_, { entries, run, line, at }) => {
    const made = replayer(channelLines(entries));
    run(await made.open());
    const error = await result(made);
    if (line === undefined) expect(error).toBeUndefined();
    else {
      expect(error).toBeInstanceOf(TapeParting);
      expect(error).toMatchObject({ name: "TapeParting", code: "TAPE_PARTED", line, channel: 1 });
      expect(error).toMatchObject({ file: made.replay.tape.file });
      expect(made.replay.partings[0]?.difference?.at).toBe(at);
    }
    expect(await result(made)).toEqual(error);
  });

  it("connections were not opened, names the first of them", async () => {
    const lines = [1, 2, 3].flatMap((channel) => channelLines([], channel, { url: `${url}/${channel % 2}` }));
    const made = replayer(lines);
    expect(await result(made)).toMatchObject({ line: 2, channel: 1 });
    await made.open({ url: `${url}/1` });
    expect(await result(made)).toMatchObject({ line: 4, channel: 2 });
    await made.open({ url: `${url}/1` });
    await made.open({ url: `${url}/0` });
    expect(await result(made)).toBeUndefined();
  });

  it("several callers departed from the tape, names the first", async () => {
    const made = replayer([...channelLines([out("a")], 1), ...channelLines([out("b")], 2)]);
    const [one, two] = [await made.open(), await made.open()];
    thrown(() => two.channel.send("x"));
    thrown(() => one.channel.send("x"));
    two.channel.send("b");
    one.channel.send("a");
    expect(await result(made)).toMatchObject({ channel: 2 });
    expect(made.replay.partings.map(({ channel }) => channel)).toEqual([2, 1]);
  });

  it("an open was refused, names it", async () => {
    const made = replayer(channelLines([]));
    await made.open({ url: "ws://nobody.example/" }).catch(() => {});
    await made.open();
    expect(await result(made)).toMatchObject({ difference: { at: "url", actual: "ws://nobody.example/" } });
  });
});

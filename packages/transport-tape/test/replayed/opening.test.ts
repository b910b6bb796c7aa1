import { describe, expect, it } from "vitest";
import { replayer } from "../support/replayer.ts";
import { channelLines, url } from "../support/tapes.ts";
import { rejection } from "../support/user.ts";

const out = (text: string) => ({ type: "out", text });
const incoming = (text: string) => ({ type: "in", text });

describe("the channels of a tape", () => {
  const two = [
    ...channelLines([out("q1"), incoming("one")], 1),
    ...channelLines([out("q2"), incoming("two")], 2),
    ...channelLines([incoming("other")], 3, { url: "ws://other.example/" }),
  ];

  it("are matched by URL, and for each URL in the order of the tape", async () => {
    const { open, replay, clock } = replayer(two);
    const other = await open({ url: "ws://other.example/" });
    const users = await Promise.all([open(), open()]);
    users[1].channel.send("q2");
    users[0].channel.send("q1");
    await clock.advance(0);
    expect([other, ...users].map(({ messages }) => messages)).toEqual([["other"], ["one"], ["two"]]);
    replay.verify();
  });

  it("are listed in order by urls, ready to be dialled", async () => {
    const hidden = `${url}/***1?token=***2`;
    const lines = [...two, ...channelLines([], 4, { url: hidden })];
    const { open, replay } = replayer(lines);
    expect(replay.urls).toEqual([url, url, "ws://other.example/", hidden]);
    await open({ url: hidden });
    await open({ url: "ws://other.example/" });
  });

  it("are found by a URL with different secrets", async () => {
    const { open, replay } = replayer(channelLines([], 1, { url: `${url}?token=***1&n=***2` }));
    await open({ url: `${url}?token=something-else&n=6` });
    replay.verify();
  });

  it.each([
    ["another path", `${url}/more`],
    ["another name in the query", `${url}?tok=1`],
    ["no query", url],
  ])("are not found by a URL with %s", async (_, dialled) => {
    const { open, replay } = replayer(channelLines([], 1, { url: `${url}?token=***1` }));
    expect(await rejection(open({ url: dialled }))).toMatchObject({
      code: "CONNECT_FAILED",
      cause: {
        code: "TAPE_PARTED",
        line: 2,
        channel: 1,
        difference: { at: "url", recorded: `${url}?token=***1` },
      },
    });
    expect(replay.partings).toHaveLength(1);
  });

  it("are each replayed once", async () => {
    const { open } = replayer(channelLines([]));
    await open();
    const error = await rejection(open());
    expect(error).toMatchObject({
      code: "CONNECT_FAILED",
      cause: { line: 2, difference: { at: "url", recorded: undefined, actual: url } },
    });
  });

  it("may be empty", async () => {
    const { open, replay } = replayer([]);
    replay.verify();
    expect(await rejection(open())).toMatchObject({ code: "CONNECT_FAILED", cause: { line: 1, channel: 0 } });
  });

  const dialled = { headers: ["authorization", "x-a"], protocols: ["v1", "***1"] };
  const same = {
    headers: { "X-A": "other", Authorization: "Bearer x" },
    protocols: ["v1", "a1b2c3d4e5f6a7b8"],
  };
  it.each([
    ["the same names of headers and subprotocols", same, undefined],
    ["a header less", { ...same, headers: { "x-a": "" } }, "headers"],
    ["a header more", { ...same, headers: { ...same.headers, cookie: "" } }, "headers"],
    ["another subprotocol", { ...same, protocols: ["v2", "a1b2c3d4e5f6a7b8"] }, "protocols"],
    ["the subprotocols the other way round", { ...same, protocols: ["a1b2c3d4e5f6a7b8", "v1"] }, "protocols"],
  ])("compare the handshake with an exact match: %s", async (_, asked, at) => {
    const lines = channelLines([], 1, dialled);
    const exact = replayer(lines);
    const opened = exact.open(asked);
    if (at === undefined) await opened;
    else
      expect(await rejection(opened)).toMatchObject({
        code: "CONNECT_FAILED",
        cause: { difference: { at } },
      });
    await replayer(lines, { match: "shape" }).open(asked);
    await replayer(lines, { match: () => true }).open(asked);
  });

  it("agree on the offered subprotocol when the tape has only a placeholder", async () => {
    const [open, opened] = channelLines([], 1, { protocols: ["v1", "***1"] });
    const lines = [open ?? {}, { ...opened, protocol: "***1" }];
    const user = await replayer(lines).open({ protocols: ["v1", "a1b2c3d4e5f6a7b8"] });
    expect(user.channel.protocol).toBe("a1b2c3d4e5f6a7b8");
    const plain = replayer([open ?? {}, { ...opened, protocol: "v1" }], { match: "shape" });
    expect((await plain.open({ protocols: ["v1"] })).channel.protocol).toBe("v1");
    const none = replayer([open ?? {}, { ...opened, protocol: "v1" }], { match: "shape" });
    expect((await none.open()).channel.protocol).toBe("v1");
  });
});

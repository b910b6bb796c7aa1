import { writeFileSync } from "node:fs";
import { basename } from "node:path";
import { transportErrorCodes } from "@outsock/core";
import { describe, expect, it } from "vitest";
import { readTape, replayed, TapeError } from "../src/index.ts";
import { channelLines, fileOf, folder, header, newTape, tapeOf, textOf, url } from "./support/tapes.ts";
import { thrown } from "./support/user.ts";

const open = { type: "open", channel: 1, atMs: 0, url, headers: [], protocols: [] };
const opened = { type: "opened", channel: 1, atMs: 0, protocol: "" };
const failed = { type: "failed", channel: 1, atMs: 0, code: "TLS_FAILED" };
const place = { channel: 1, atMs: 0 };
const closed = { type: "closed", ...place, code: 1000, reason: "", clean: true };

function without(entry: object, name: string): object {
  return Object.fromEntries(Object.entries(entry).filter(([key]) => key !== name));
}

const lineKinds = {
  open,
  opened,
  failed,
  out: { type: "out", ...place, text: "" },
  in: { type: "in", ...place, bytes: "" },
  closing: { type: "closing", ...place },
  terminated: { type: "terminated", ...place },
  closed,
};

describe("a tape is refused with the file's name and the line number, for", () => {
  it.each<[string, (object | string)[], number]>([
    ["a line that is no JSON", [open, opened, "{"], 4],
    ["an empty line", [open, "", opened], 3],
    ["a line that is a list", ["[]"], 2],
    ["a line that is null", ["null"], 2],
    ["a line that is a string", ['"open"'], 2],
    ["a line without a type", [{}], 2],
    ["a type that is no text", [{ type: 1 }], 2],
    ["a type that nobody knows", [{ type: "ping", ...place }], 2],
    ["a type that every object knows", [open, { type: "constructor", ...place }], 3],
    ["a second first line", [open, header], 3],
    ["a channel that was never opened", [open, { ...opened, channel: 2 }], 3],
    ["a channel that is opened twice", [open, opened, open], 4],
    ["an open that ends twice", [open, opened, opened], 4],
    ["an open that fails after it was opened", [open, opened, failed], 4],
    ["an open that is opened after it failed", [open, failed, opened], 4],
    ["a message with neither text nor bytes", [open, { type: "in", ...place }], 3],
    ["a message with both", [open, { type: "out", ...place, text: "", bytes: "" }], 3],
    ["bytes that are no base64", [open, { type: "in", ...place, bytes: "a b" }], 3],
    ["a URL that is none", [{ ...open, url: "/feed" }], 2],
    ["headers that are no list", [{ ...open, headers: {} }], 2],
    ["a header that is no text", [{ ...open, headers: [1] }], 2],
    ["the channel 0", [{ ...open, channel: 0 }], 2],
    ["half a channel", [{ ...open, channel: 1.5 }], 2],
    ["a time before the beginning", [{ ...open, atMs: -1 }], 2],
    ["a time that is text", [{ ...open, atMs: "1" }], 2],
    ["an endless time", [open, '{"type":"opened","channel":1,"atMs":1e999,"protocol":""}'], 3],
    ["an error that nobody knows", [open, { ...failed, code: "OOPS" }], 3],
    ["an error that every object knows", [open, { ...failed, code: "toString" }], 3],
    ["a status that is text", [open, { ...failed, status: "429" }], 3],
    ["a wait that is text", [open, { ...failed, retryAfterMs: "1" }], 3],
    ["a close code that is text", [open, opened, { ...closed, code: "1000" }], 4],
    ["a close code that no close has", [open, opened, { ...closed, code: 999 }], 4],
    ["a close code above all", [open, opened, { ...closed, code: 5_000 }], 4],
    ["half a close code", [open, opened, { ...closed, code: 1_000.5 }], 4],
    ["a closing code that no close has", [open, opened, { type: "closing", ...place, code: 0 }], 4],
    ["a closing code that is text", [open, opened, { type: "closing", ...place, code: "1000" }], 4],
    ["a closing reason that is a number", [open, opened, { type: "closing", ...place, reason: 1 }], 4],
    ["a close that is neither clean nor not", [open, opened, { ...closed, clean: "yes" }], 4],
    ["an end for an unknown error", [open, opened, { ...closed, error: "OOPS" }], 4],
    ["a line behind a cut", [open, { type: "cut", why: "full" }, opened], 4],
    ["a cut for an unknown reason", [open, { type: "cut", why: "bored" }], 3],
  ])("%s", (_, lines, line) => {
    const path = tapeOf(lines);
    const error = thrown(() => readTape(path));
    expect(error).toBeInstanceOf(TapeError);
    expect(error).toMatchObject({ name: "TapeError", file: basename(path), line });
    expect(error).toMatchObject({ message: expect.stringContaining(`${basename(path)}:${line}: `) });
    expect(thrown(() => replayed(path))).toBeInstanceOf(TapeError);
  });

  const missing = Object.values(lineKinds).flatMap((line) =>
    Object.keys(line).flatMap((name): [string, string, object][] =>
      name === "type" ? [] : [[name, line.type, without(line, name)]],
    ),
  );
  it.each(missing)("no %s in a line of the type %s", (_, type, broken) => {
    const before = type === "open" ? [] : [open];
    const error = thrown(() => readTape(tapeOf([...before, broken])));
    expect(error).toMatchObject({ name: "TapeError", line: before.length + 2 });
  });

  it.each([
    ["nothing in it", "", 1],
    ["half a first line", '{"type":"tape","version":1', 1],
    ["another version", `${JSON.stringify({ ...header, version: 2 })}\n`, 1],
    ["another first line", `${JSON.stringify(open)}\n`, 1],
    ["no transport's name", `${JSON.stringify(without(header, "transport"))}\n`, 1],
    ["no time of its start", `${JSON.stringify(without(header, "startedAt"))}\n`, 1],
    ["bytes in it", "\0\u0001\n", 1],
  ])("%s", (_, content, line) => {
    expect(thrown(() => readTape(fileOf(content)))).toMatchObject({ name: "TapeError", line });
  });

  it.each([
    ["no such file", newTape(), "ENOENT"],
    ["a folder", folder, "EISDIR"],
  ])("%s, without a line number", (_, path, code) => {
    const error = thrown(() => readTape(path));
    expect(error).toMatchObject({
      name: "TapeError",
      file: basename(path),
      line: undefined,
      cause: { code },
    });
  });
});

describe("a tape", () => {
  it("is read into channels, each entry with its line number", () => {
    const other = { channel: 2, url: "wss://other.example/" };
    const path = tapeOf([
      open,
      { ...open, ...other },
      opened,
      { ...failed, channel: 2, status: 429, retryAfterMs: 1_000 },
      { type: "in", ...place, text: "hello" },
      closed,
      { ...open, channel: 7 },
    ]);
    expect(readTape(path)).toEqual({
      file: basename(path),
      header,
      cut: undefined,
      channels: [
        {
          number: 1,
          open: { ...open, line: 2 },
          outcome: { ...opened, line: 4 },
          entries: [
            { type: "in", ...place, text: "hello", line: 6 },
            { ...closed, line: 7 },
          ],
        },
        {
          number: 2,
          open: { ...open, ...other, line: 3 },
          outcome: { ...failed, channel: 2, status: 429, retryAfterMs: 1_000, line: 5 },
          entries: [],
        },
        { number: 7, open: { ...open, channel: 7, line: 8 }, outcome: undefined, entries: [] },
      ],
    });
  });

  it.each([1_000, 1_006, 4_999])("may end with the code %s", (code) => {
    const lines = [open, opened, { type: "closing", ...place, code }, { ...closed, code }];
    expect(readTape(tapeOf(lines)).channels[0]?.entries).toMatchObject([{ code }, { code }]);
  });

  it.each(transportErrorCodes)("may have the error %s", (code) => {
    const { channels } = readTape(tapeOf([open, { ...failed, code }]));
    expect(channels[0]?.outcome).toMatchObject({ code });
  });

  it("may have a greeting before the opened line", () => {
    const greeting = { type: "in", ...place, text: "welcome" };
    const [channel] = readTape(tapeOf([open, greeting, opened])).channels;
    expect(channel).toMatchObject({ outcome: { line: 4 }, entries: [{ line: 3 }] });
  });

  it.each(["full", "behind"])("says that it was cut because the disk was %s", (why) => {
    expect(readTape(tapeOf([open, opened, { type: "cut", why }])).cut).toBe(why);
  });

  it("that ends with half a line is read without it, and reports it", () => {
    const lines = channelLines([
      { type: "out", text: "one" },
      { type: "in", text: "two" },
    ]);
    const whole = textOf(tapeOf(lines));
    const last = whole.lastIndexOf("\n", whole.length - 2) + 1;
    for (let length = last + 1; length < whole.length - 1; length += 1) {
      const tape = readTape(fileOf(whole.slice(0, length)));
      expect(tape.cut).toBe("half a line");
      expect(tape.channels[0]?.entries).toHaveLength(1);
    }
    expect(readTape(fileOf(whole.slice(0, last)))).toMatchObject({ cut: undefined });
    const unended = readTape(fileOf(whole.trimEnd()));
    expect([unended.cut, unended.channels[0]?.entries.length]).toEqual([undefined, 2]);
  });

  it("may have Windows line endings", () => {
    const text = textOf(tapeOf(channelLines([{ type: "out", text: "one\r\ntwo" }])));
    const tape = readTape(fileOf(text.replaceAll("\n", "\r\n")));
    expect(tape.channels[0]?.entries).toMatchObject([{ text: "one\r\ntwo", line: 4 }]);
    expect(tape.cut).toBeUndefined();
  });

  it("of 100 000 lines is read quickly", () => {
    const path = newTape();
    const entries = Array.from({ length: 100_000 }, (_, index) => ({ type: "in", text: `${index}` }));
    writeFileSync(path, textOf(tapeOf(channelLines(entries))));
    const before = process.cpuUsage().user;
    expect(readTape(path).channels[0]?.entries).toHaveLength(100_000);
    expect(process.cpuUsage().user - before).toBeLessThan(3_000_000);
  });
});

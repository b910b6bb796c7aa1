import { execFileSync } from "node:child_process";
import {
  closeSync,
  createReadStream,
  existsSync,
  lstatSync,
  mkdirSync,
  openSync,
  statSync,
  symlinkSync,
} from "node:fs";
import { join } from "node:path";
import { describe, expect, it } from "vitest";
import { readTape } from "../src/index.ts";
import { type Recorder, recorder } from "./support/recorder.ts";
import { folder, linesOf, newTape } from "./support/tapes.ts";
import { expectNothingUnhandled } from "./support/unhandled.ts";

expectNothingUnhandled();

/** Opens, sends, receives and closes, and checks that a caller notices nothing. */
async function talk({ clock, open, peer }: Recorder, size = 10): Promise<void> {
  const user = await open();
  const heard: unknown[] = [];
  peer().onMessage((message) => heard.push(message));
  user.channel.send("x".repeat(size));
  await clock.advance(0);
  peer().send("y".repeat(size));
  await clock.advance(0);
  user.channel.close(1000, "done");
  await clock.advance(0);
  expect(heard).toEqual(["x".repeat(size)]);
  expect(user.messages).toEqual(["y".repeat(size)]);
  expect(user.closes).toEqual([{ code: 1000, reason: "done", clean: true }]);
}

describe("the traffic is not affected by", () => {
  it.each([
    ["a folder that is missing", join(folder, "no", "such", "folder.ndjson"), "ENOENT"],
    ["a folder in the file's place", join(folder, "a-folder"), "EISDIR"],
    ["a name that the system refuses", join(folder, "n".repeat(5_000)), "ENAMETOOLONG"],
  ])("%s", async (_, tape, code) => {
    mkdirSync(join(folder, "a-folder"), { recursive: true });
    const made = recorder({}, {}, tape);
    await talk(made);
    await made.recording.dispose();
    expect(made.recording.recording).toMatchObject({ name: "failed", error: { code } });
    const { lineCount } = made.recording;
    await talk(made);
    await made.recording.dispose();
    expect(made.recording.lineCount).toBe(lineCount);
  });

  it.runIf(existsSync("/dev/full"))("a disk that is full", async () => {
    const made = recorder({}, {}, "/dev/full");
    const { mode } = statSync("/dev/full");
    await talk(made, 100_000);
    await made.recording.dispose();
    expect(made.recording.recording).toMatchObject({ name: "failed", error: { code: "ENOSPC" } });
    await talk(made);
    expect(statSync("/dev/full").mode).toBe(mode);
  });

  it.runIf(existsSync("/dev/full"))("a link to a device: both are kept", async () => {
    const link = newTape();
    symlinkSync("/dev/full", link);
    const made = recorder({}, {}, link);
    await talk(made, 100_000);
    await made.recording.dispose();
    expect(made.recording.recording).toMatchObject({ name: "failed", error: { code: "ENOSPC" } });
    expect(lstatSync(link).isSymbolicLink()).toBe(true);
    expect(statSync("/dev/full").isCharacterDevice()).toBe(true);
  });

  it.runIf(existsSync("/proc/self/fd"))("a system link that leads to a file: it is kept", async () => {
    const tape = newTape();
    const held = openSync(tape, "w");
    const made = recorder({}, {}, `/proc/self/fd/${held}`);
    await talk(made);
    await made.recording.dispose();
    expect(made.recording.recording).toEqual({ name: "finished" });
    expect(linesOf(tape)).toHaveLength(made.recording.lineCount);
    closeSync(held);
  });

  it("a limit that is reached: the tape says so and does not exceed it", async () => {
    for (let maxBytes = 300; maxBytes < 900; maxBytes += 7) {
      const made = recorder({ maxBytes });
      await talk(made, 100);
      await talk(made, 100);
      await made.recording.dispose();
      const { size } = statSync(made.tape);
      expect(size).toBeLessThanOrEqual(maxBytes);
      expect(size).toBeGreaterThan(maxBytes - 300);
      expect(made.recording).toMatchObject({ byteCount: size, recording: { name: "cut", why: "full" } });
      expect(made.recording.lineCount).toBe(linesOf(made.tape).length);
      expect(readTape(made.tape).cut).toBe("full");
    }
  });

  it("a limit below the first line: nothing is written", async () => {
    for (const maxBytes of [1, 20, 31, 32, 60]) {
      const made = recorder({ maxBytes });
      await talk(made);
      await made.recording.dispose();
      expect(made.recording).toMatchObject({ byteCount: 0, recording: { name: "cut", why: "full" } });
      expect(statSync(made.tape).size).toBe(0);
    }
  });

  it("a message larger than the rest of the tape: it is not even processed", async () => {
    for (const type of ["out", "in"]) {
      const looked: string[] = [];
      const redact = (text: string): string => {
        looked.push(text);
        return text;
      };
      const made = recorder({ maxBytes: 2_000, redact });
      const user = await made.open();
      looked.length = 0;
      // The second is too large for what the first leaves.
      const first = "x".repeat(1_000);
      for (const message of [first, new Uint8Array(1_500)]) {
        if (type === "out") user.channel.send(message);
        else made.peer().send(message);
        await made.clock.advance(0);
      }
      expect(user.messages).toHaveLength(type === "in" ? 2 : 0);
      expect(made.recording.recording).toEqual({ name: "cut", why: "full" });
      expect(looked).toEqual([first]);
      await made.recording.dispose();
      expect(readTape(made.tape).cut).toBe("full");
    }
  });

  it("a redact that throws or returns no text: everything is redacted", async () => {
    for (const redact of [
      () => {
        throw new Error("a bug");
      },
      () => Reflect.get({}, "nothing"),
    ]) {
      const made = recorder({ redact });
      await talk(made);
      await made.recording.dispose();
      const [channel] = readTape(made.tape).channels;
      expect(channel?.entries).toMatchObject([
        { type: "out", text: "***" },
        { type: "in", text: "***" },
        { type: "closing", reason: "***" },
        { type: "closed", reason: "***" },
      ]);
    }
  });
});

describe("a disk that is slower than the traffic", () => {
  const mebibyte = 1024 * 1024;

  it.runIf(process.platform !== "win32")("cuts the tape and does not fill memory", async () => {
    // Nobody reads this pipe, so that it cannot even be opened for writing.
    const pipe = newTape();
    execFileSync("mkfifo", [pipe]);
    const made = recorder({ maxBytes: 1_000 * mebibyte }, {}, pipe);
    const user = await made.open();
    for (let count = 0; count < 40; count += 1) user.channel.send("x".repeat(mebibyte));
    expect(made.recording.recording).toEqual({ name: "cut", why: "behind" });
    expect(made.recording.byteCount).toBeGreaterThan(15 * mebibyte);
    expect(made.recording.byteCount).toBeLessThan(18 * mebibyte);
    const { lineCount } = made.recording;
    await talk(made);
    expect(made.recording.lineCount).toBe(lineCount);
    let last = "";
    const reader = createReadStream(pipe, "utf8").on("data", (chunk) => {
      last = (last + chunk).slice(-100);
    });
    const ended = new Promise<void>((resolve) => reader.once("close", resolve));
    await Promise.all([made.recording.dispose(), ended]);
    expect(last).toMatch(/\n\{"type":"cut","why":"behind"\}\n$/);
  });

  it("is not assumed because of one large message", async () => {
    const made = recorder({ maxBytes: 100 * mebibyte });
    const { channel } = await made.open();
    channel.send("x".repeat(20 * mebibyte));
    await made.recording.dispose();
    expect(made.recording.recording).toEqual({ name: "finished" });
    expect(statSync(made.tape).size).toBeGreaterThan(20 * mebibyte);
  });
});

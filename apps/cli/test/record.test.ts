import { existsSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { beforeEach, describe, expect, test } from "vitest";
import { outsock, startOutsock } from "./support/outsock.ts";
import { echoUrl, startPeer } from "./support/servers.ts";
import { createFolder, readEntries } from "./support/tapes.ts";

let folder = "";
let tape = "";

beforeEach(() => {
  folder = createFolder();
  tape = join(folder, "tape.ndjson");
});

describe("outsock record", () => {
  test("prints messages, sends the lines of stdin, and records everything without secrets", async () => {
    const stdin = '{"id":1}\n\n{"id":2,"token":"sesame-open"}\n';
    const url = await echoUrl({ greet: '"hello"' });
    const { code, lines } = await outsock(["record", tape, url, "--count", "3"], { stdin });
    expect({ code, lines: lines.toSorted() }).toEqual({
      code: 0,
      lines: ['"hello"', '{"id":1}', '{"id":2,"token":"sesame-open"}'],
    });
    const texts = (type: string) =>
      readEntries(tape).flatMap((entry) => (entry.type === type ? [entry.text] : []));
    expect(texts("out")).toEqual(['{"id":1}', '{"id":2,"token":"***1"}']);
    expect(texts("in").toSorted()).toEqual(['"hello"', '{"id":1}', '{"id":2,"token":"***1"}']);
    expect(readEntries(tape).map(({ type }) => type)).toEqual(
      expect.arrayContaining(["open", "opened", "closing"]),
    );
    expect(readEntries(tape).at(-1)).toMatchObject({ type: "closed", code: 1000, clean: true });
    expect(readFileSync(tape, "utf8")).not.toContain("sesame");
  });

  test("keeps an existing tape, unless --force is given", async () => {
    writeFileSync(tape, "precious");
    const url = await echoUrl({ greet: "1" });
    expect(await outsock(["record", tape, url, "--count", "1"])).toMatchObject({ code: 2 });
    expect(readFileSync(tape, "utf8")).toBe("precious");
    expect(await outsock(["record", tape, url, "--count", "1", "--force"])).toMatchObject({ code: 0 });
    expect(readEntries(tape)).toHaveLength(6);
  });

  test("exits with 2 at a line that is not JSON, and completes the tape", async () => {
    const { code, stderr } = await outsock(["record", tape, await echoUrl()], { stdin: "1\n{\n" });
    expect(code).toBe(2);
    expect(stderr).toContain("line 2 of stdin");
    expect(readEntries(tape).at(-1)).toMatchObject({ type: "closed", clean: true });
  });

  test("completes the tape on Ctrl-C, and exits with 130", async () => {
    const peer = await startPeer({ greeting: ["1"] });
    const running = startOutsock(["record", tape, peer.url]);
    await running.shows("1\n");
    running.child.kill("SIGINT");
    expect(await running.exit()).toBe(130);
    expect(readEntries(tape).at(-1)).toMatchObject({ type: "closed", code: 1000 });
  });

  test.skipIf(!existsSync("/dev/full"))(
    "exits with 15 after the conversation if the disk is full",
    async () => {
      const url = await echoUrl({ greet: '"hello"' });
      const { code, stdout, lines } = await outsock([
        "record",
        "/dev/full",
        url,
        "--force",
        "--count",
        "1",
        "--json",
      ]);
      expect(code).toBe(15);
      expect(JSON.parse(lines[0] ?? "")).toEqual({ success: true, data: { response: "hello" } });
      expect(stdout).toContain("TAPE_FAILED");
      expect(stdout).toContain("ENOSPC");
    },
  );

  test("exits with 15 before connecting if the tape cannot be written", async () => {
    const peer = await startPeer();
    for (const path of [join(folder, "nowhere", "tape.ndjson"), folder]) {
      const { code, stderr } = await outsock(["record", path, peer.url, "--force", "--count", "1"]);
      expect(code).toBe(15);
      expect(stderr).toMatch(/TAPE_FAILED .*(ENOENT|EISDIR)/);
    }
    expect(peer.connectionCount).toBe(0);
  });

  test("reports a missing tape, and a missing URL", async () => {
    expect((await outsock(["record"])).stderr).toContain("the tape is missing");
    expect((await outsock(["record", tape])).stderr).toContain("the URL is missing");
  });
});

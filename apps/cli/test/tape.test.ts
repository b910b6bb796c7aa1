import { existsSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { createWebSocketManager, unwrap } from "@outsock/core";
import { wsTransport } from "@outsock/transport-ws";
import { beforeEach, describe, expect, onTestFinished, test } from "vitest";
import { outsock, startOutsock } from "./support/outsock.ts";
import { echoUrl, startPeer } from "./support/servers.ts";

let folder = "";
let tape = "";

beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), "outsock-cli-"));
  tape = join(folder, "tape.ndjson");
  onTestFinished(() => rmSync(folder, { recursive: true, force: true }));
});

function entries(): readonly Record<string, unknown>[] {
  const lines = readFileSync(tape, "utf8").trim().split("\n");
  return lines.map((line) => JSON.parse(line));
}

/** A conversation with a server that greets and then answers with what it was asked. */
const conversation = [
  { type: "tape", version: 1, transport: "ws", startedAt: "2026-01-01T00:00:00.000Z" },
  { type: "open", url: "ws://127.0.0.1:9/", headers: [], protocols: [] },
  { type: "opened", protocol: "" },
  { type: "in", text: '"hello"' },
  { type: "out", text: '{"id":1}' },
  { type: "in", text: '{"id":1}' },
  { type: "out", text: '{"id":2,"token":"***1"}' },
  { type: "in", text: '{"id":2,"token":"***1"}' },
  { type: "closing", code: 1000, reason: "" },
  { type: "closed", code: 1000, reason: "", clean: true },
];

function writeConversation(): void {
  const lines = conversation.map((line, atMs) => JSON.stringify({ ...line, channel: 1, atMs }));
  writeFileSync(tape, lines.map((line) => `${line}\n`).join(""));
}

async function serveTape(...flags: readonly string[]) {
  const running = startOutsock(["echo", "--tape", tape, ...flags]);
  await running.shows("\n");
  return { running, url: running.stdout.trim() };
}

describe("outsock record", () => {
  test("prints what comes, sends the lines of stdin, and writes all of it, without secrets", async () => {
    const stdin = '{"id":1}\n\n{"id":2,"token":"sesame-open"}\n';
    const url = await echoUrl({ greet: '"hello"' });
    const { code, lines } = await outsock(["record", tape, url, "--count", "3"], { stdin });
    expect({ code, lines: lines.toSorted() }).toEqual({
      code: 0,
      lines: ['"hello"', '{"id":1}', '{"id":2,"token":"sesame-open"}'],
    });
    const texts = (type: string) => entries().flatMap((entry) => (entry.type === type ? [entry.text] : []));
    expect(texts("out")).toEqual(['{"id":1}', '{"id":2,"token":"***1"}']);
    expect(texts("in").toSorted()).toEqual(['"hello"', '{"id":1}', '{"id":2,"token":"***1"}']);
    expect(entries().map(({ type }) => type)).toEqual(expect.arrayContaining(["open", "opened", "closing"]));
    expect(entries().at(-1)).toMatchObject({ type: "closed", code: 1000, clean: true });
    expect(readFileSync(tape, "utf8")).not.toContain("sesame");
  });

  test("keeps a tape that is there, unless it is told otherwise", async () => {
    writeFileSync(tape, "precious");
    const url = await echoUrl({ greet: "1" });
    expect(await outsock(["record", tape, url, "--count", "1"])).toMatchObject({ code: 2 });
    expect(readFileSync(tape, "utf8")).toBe("precious");
    expect(await outsock(["record", tape, url, "--count", "1", "--force"])).toMatchObject({ code: 0 });
    expect(entries()).toHaveLength(6);
  });

  test("ends with 2 at a line that is not JSON, with a tape that is whole", async () => {
    const { code, stderr } = await outsock(["record", tape, await echoUrl()], { stdin: "1\n{\n" });
    expect(code).toBe(2);
    expect(stderr).toContain("line 2 of stdin");
    expect(entries().at(-1)).toMatchObject({ type: "closed", clean: true });
  });

  test("writes the tape to its end at Ctrl-C, and ends with 130", async () => {
    const peer = await startPeer({ greeting: ["1"] });
    const running = startOutsock(["record", tape, peer.url]);
    await running.shows("1\n");
    running.child.kill("SIGINT");
    expect(await running.exit()).toBe(130);
    expect(entries().at(-1)).toMatchObject({ type: "closed", code: 1000 });
  });

  test.skipIf(!existsSync("/dev/full"))(
    "ends with 15 when the disk is full, after the conversation",
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

  test("says that the tape is missing, and that the URL is", async () => {
    expect((await outsock(["record"])).stderr).toContain("the tape is missing");
    expect((await outsock(["record", tape])).stderr).toContain("the URL is missing");
  });
});

describe("outsock echo --tape", () => {
  test("plays the server's part, to each client anew", async () => {
    writeConversation();
    const { url } = await serveTape();
    for (const token of ["any", "other"]) {
      const args = [
        "listen",
        url,
        "--count",
        "3",
        "--send",
        '{"id":1}',
        "--send",
        `{"id":2,"token":"${token}"}`,
      ];
      const { code, lines } = await outsock(args);
      expect({ code, lines }).toEqual({ code: 0, lines: ['"hello"', '{"id":1}', '{"id":2,"token":"***1"}'] });
    }
  });

  test("hangs up on a client that says something else, and tells where, not what", async () => {
    writeConversation();
    const { running, url } = await serveTape();
    const { code, stderr } = await outsock(["listen", url, "--send", '{"id":"mine"}']);
    expect(code).toBe(14);
    expect(stderr).toContain("1008");
    await running.shows("parts from the tape: tape.ndjson, line 5, at $.id", "stderr");
    expect(running.stderr).not.toContain("mine");
  });

  test("takes any values of the same shape with --match shape", async () => {
    writeConversation();
    const { url } = await serveTape("--match", "shape");
    const { lines } = await outsock(["listen", url, "--count", "2", "--send", '{"id":7}']);
    expect(lines).toEqual(['"hello"', '{"id":1}']);
  });

  test("refuses handshakes that were refused", async () => {
    const refusing = await echoUrl({ reject: 429, retryAfter: 7_000 });
    expect(await outsock(["record", tape, refusing])).toMatchObject({ code: 11 });
    const { url } = await serveTape();
    const manager = createWebSocketManager({ transport: wsTransport() });
    expect((await manager.connect(url)).error).toMatchObject({ status: 429, retryAfterMs: 7_000 });
  });

  test("ends as the server did", async () => {
    const closing = await echoUrl({ greet: "1", closeCode: 4007 });
    await outsock(["record", tape, closing]);
    const { url } = await serveTape();
    const manager = createWebSocketManager({ transport: wsTransport() });
    const { connection } = unwrap(await manager.connect(url));
    expect(unwrap(await manager.receive(connection)).response).toBe(1);
    expect((await manager.receive(connection)).error).toMatchObject({ closeCode: 4007 });
  });

  test.each([
    [["--greet", "x"], "--greet"],
    [["--drop-after", "1"], "--drop-after"],
  ])("cannot be combined with %j", async (flags, name) => {
    writeConversation();
    const { code, stderr } = await outsock(["echo", "--tape", tape, ...flags]);
    expect(code).toBe(2);
    expect(stderr).toContain(name);
  });

  test("15 for a file that is no tape, with its line", async () => {
    writeFileSync(tape, '{"type":"tape","version":1,"transport":"ws","startedAt":""}\nnonsense\n');
    const { code, stderr } = await outsock(["echo", "--tape", tape]);
    expect(code).toBe(15);
    expect(stderr).toContain("tape.ndjson:2");
  });
});

describe("outsock replay", () => {
  test("says the caller's part, and ends with 0 when the server says what it said then", async () => {
    writeConversation();
    const { url } = await serveTape();
    const env = { TOKEN: "sesame-open" };
    const { code, stdout } = await outsock(["replay", tape, url, "--secret-env", "1=TOKEN", "--json"], {
      env,
    });
    expect(code).toBe(0);
    expect(JSON.parse(stdout)).toEqual({
      success: true,
      data: { channelCount: 1, sentCount: 2, receivedCount: 3 },
    });
  });

  test("tells the line and the place where the server says something else, and ends with 15", async () => {
    const answering = await echoUrl();
    expect(await outsock(["record", tape, answering, "--count", "1"], { stdin: '{"id":1}\n' })).toMatchObject(
      { code: 0 },
    );
    const changed = readFileSync(tape, "utf8").split("\n");
    const line = changed.findIndex((one) => one.includes('"in"'));
    changed[line] = (changed[line] ?? "").replace('{\\"id\\":1}', '{\\"id\\":\\"one\\"}');
    writeFileSync(tape, changed.join("\n"));
    const { code, stderr } = await outsock(["replay", tape, answering]);
    expect(code).toBe(15);
    expect(stderr).toContain(`TAPE_PARTED tape.ndjson:${line + 1}`);
    expect(stderr).toContain('at $.id the tape has "one", here is 1');
  });

  test("compares values only with --match exact", async () => {
    const peer = await startPeer();
    const converse = async (args: readonly string[], answer: string) => {
      const running = outsock(args, { stdin: '{"ask":"time"}\n' });
      const remote = await peer.nextConnection();
      await remote.nextFrame();
      remote.send(answer);
      return running;
    };
    await converse(["record", tape, peer.url, "--count", "1"], '{"time":1}');
    expect(await converse(["replay", tape], '{"time":2}')).toMatchObject({ code: 0 });
    expect(await converse(["replay", tape, "--match", "exact"], '{"time":2}')).toMatchObject({
      code: 15,
    });
    expect(await converse(["replay", tape], '{"hour":2}')).toMatchObject({ code: 15 });
  });

  test("15 when a message on the tape does not come, or the server refuses where it did not", async () => {
    writeConversation();
    const env = { TOKEN: "sesame-open" };
    const args = (url: string) => ["replay", tape, url, "--secret-env", "1=TOKEN", "--timeout", "200ms"];
    const silent = await outsock(args(await echoUrl()), { env });
    expect(silent).toMatchObject({ code: 15 });
    expect(silent.stderr).toContain("instead: nothing came");
    expect(await outsock(args(await echoUrl({ reject: 503 })), { env })).toMatchObject({ code: 11 });
  });

  test("sends no stand-in for a secret", async () => {
    writeConversation();
    const { url } = await serveTape();
    const { code, stderr } = await outsock(["replay", tape, url]);
    expect(code).toBe(15);
    expect(stderr).toContain("tape.ndjson:7");
    expect(stderr).toContain("--secret-env");
  });
});

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

function writeTape(lines: readonly object[]): void {
  const texts = lines.map((line, atMs) => JSON.stringify({ channel: 1, atMs, ...line }));
  writeFileSync(tape, texts.map((text) => `${text}\n`).join(""));
}

function writeConversation(): void {
  writeTape(conversation);
}

const [header = {}] = conversation;
const opening = { type: "open", url: "ws://127.0.0.1:9/", headers: [], protocols: [] };
const opened = { type: "opened", protocol: "" };

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

  test("15 before anybody is dialled, where no tape can be written", async () => {
    const peer = await startPeer();
    for (const path of [join(folder, "nowhere", "tape.ndjson"), folder]) {
      const { code, stderr } = await outsock(["record", path, peer.url, "--force", "--count", "1"]);
      expect(code).toBe(15);
      expect(stderr).toMatch(/TAPE_FAILED .*(ENOENT|EISDIR)/);
    }
    expect(peer.connectionCount).toBe(0);
  });

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
    expect(stderr).toContain('at $.id: recorded "one", actual 1');
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
    const { running, url } = await serveTape();
    const { code, stderr } = await outsock(["replay", tape, url]);
    expect(code).toBe(15);
    expect(stderr).toContain("tape.ndjson:7");
    expect(stderr).toContain("--secret-env 1=VARIABLE");
    expect(running.stderr).not.toContain("opened");
  });

  test.each([
    ["bytes", [opening, opened, { type: "out", bytes: btoa('{"token":"***1"}') }], "tape.ndjson:4"],
    ["a subprotocol", [{ ...opening, protocols: ["token", "***1"] }, opened], "tape.ndjson:2"],
    ["the URL on the tape", [{ ...opening, url: "ws://127.0.0.1:9/?token=***1" }, opened], "tape.ndjson:2"],
  ])("dials nobody with a stand-in in %s", async (_, lines, place) => {
    writeTape([header, ...lines]);
    const { code, stderr } = await outsock(["replay", tape]);
    expect(code).toBe(15);
    expect(stderr).toContain(place);
    expect(stderr).toContain("--secret-env");
  });

  test("puts secrets back where they were, each in the spelling of its place", async () => {
    const peer = await startPeer({ handshake: { type: "accept", protocol: "token" } });
    const secret = 'p@ss&w+rd#"x';
    writeTape([
      header,
      { ...opening, url: `${peer.url}/?token=***1`, protocols: ["token", "***2"] },
      { ...opened, protocol: "token" },
      { type: "out", text: '{"token":"***1"}' },
      { type: "out", text: "PASS ***1" },
      { type: "out", bytes: btoa('["***1"]') },
    ]);
    const args = ["replay", tape, "--secret-env", "1=SECRET", "--secret-env", "2=NAME"];
    const running = outsock(args, { env: { SECRET: secret, NAME: "abc123" } });
    const remote = await peer.nextConnection();
    expect(remote.request.target).toBe(`/?token=${encodeURIComponent(secret)}`);
    expect(remote.request.protocols).toEqual(["token", "abc123"]);
    expect(await remote.nextFrame()).toEqual({ type: "text", text: JSON.stringify({ token: secret }) });
    expect(await remote.nextFrame()).toEqual({ type: "text", text: `PASS ${secret}` });
    expect(await remote.nextFrame()).toEqual({
      type: "binary",
      bytes: new TextEncoder().encode(JSON.stringify([secret])),
    });
    expect(await running).toMatchObject({ code: 0 });
  });

  test("takes a right answer that has the secret in it, and shows it in no wrong one", async () => {
    const lines = (answer: string) => [
      header,
      opening,
      opened,
      { type: "out", text: '{"a":"x ***1"}' },
      { type: "in", text: answer },
    ];
    const args = [await echoUrl(), "--secret-env", "1=SECRET", "--match", "exact"];
    const env = { SECRET: "quite-a-secret" };
    writeTape(lines('{"a":"x ***1"}'));
    expect(await outsock(["replay", tape, ...args], { env })).toMatchObject({ code: 0 });
    writeTape(lines('{"a":"y ***1"}'));
    const wrong = await outsock(["replay", tape, ...args, "--json"], { env });
    expect(wrong.code).toBe(15);
    expect(wrong.stdout + wrong.stderr).not.toContain("quite-a-secret");
  });

  test("ends with 130 at Ctrl-C, whatever it waits for", async () => {
    const peer = await startPeer({ handshake: { type: "stall" } });
    writeTape([header, { ...opening, url: peer.url }, opened, { type: "in", text: "1" }]);
    const running = startOutsock(["replay", tape]);
    await peer.nextConnection();
    running.child.kill("SIGINT");
    expect(await running.exit()).toBe(130);
  });

  test("passes over opens that were given up, and has nothing to do where that is all", async () => {
    const gaveUp = { type: "failed", code: "ABORTED" };
    writeTape([header, opening, gaveUp]);
    const { code, stderr } = await outsock(["replay", tape]);
    expect(code).toBe(15);
    expect(stderr).toContain("no connection");
  });
});

describe("what stands in the place of a tape", () => {
  test.each([
    ["record", ["record", "wss://example.com/?token=sesame", "tape.ndjson"]],
    ["replay", ["replay", "wss://example.com/?token=sesame"]],
    ["echo", ["echo", "--tape", "wss://example.com/?token=sesame"]],
  ])("is no URL, and is not shown (%s)", async (_, args) => {
    const { code, stderr } = await outsock(args);
    expect(code).toBe(2);
    expect(stderr).toContain("the tape stands before the URL");
    expect(stderr).not.toContain("sesame");
  });
});

describe("outsock echo --tape, for ends that no server can send", () => {
  test.each([1006, 1015, 1004])("cuts the connection for %s, and serves the next client", async (code) => {
    writeTape([
      header,
      opening,
      opened,
      { type: "in", text: "1" },
      { type: "closed", code, reason: "", clean: false },
    ]);
    const { url } = await serveTape();
    for (let client = 0; client < 2; client += 1) {
      const manager = createWebSocketManager({ transport: wsTransport() });
      const { connection } = unwrap(await manager.connect(url));
      expect(unwrap(await manager.receive(connection)).response).toBe(1);
      expect((await manager.receive(connection)).error).toMatchObject({ closeCode: 1006 });
    }
  });

  test("answers nobody where nobody was answered, and ends at Ctrl-C all the same", async () => {
    writeTape([header, opening, { type: "failed", code: "ABORTED" }]);
    const { running, url } = await serveTape();
    const manager = createWebSocketManager({ transport: wsTransport() });
    expect((await manager.connect(url, { timeoutMs: 300 })).error?.code).toBe("CONNECT_TIMEOUT");
    const waiting = manager.connect(url, { timeoutMs: 20_000 });
    await running.shows("not answered, as on the tape\nnot answered", "stderr");
    running.child.kill("SIGINT");
    expect(await running.exit()).toBe(0);
    expect((await waiting).error?.code).toBe("CONNECT_FAILED");
  });
});

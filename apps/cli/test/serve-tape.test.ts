import { writeFileSync } from "node:fs";
import { join } from "node:path";
import { createWebSocketManager, unwrap } from "@outsock/core";
import { wsTransport } from "@outsock/transport-ws";
import { beforeEach, describe, expect, test } from "vitest";
import { outsock } from "./support/outsock.ts";
import { echoUrl } from "./support/servers.ts";
import {
  conversation,
  createFolder,
  header,
  opened,
  opening,
  serveTape,
  writeTape,
} from "./support/tapes.ts";

let tape = "";

beforeEach(() => {
  tape = join(createFolder(), "tape.ndjson");
});

describe("outsock echo --tape", () => {
  test("plays the server side to each client from the start", async () => {
    writeTape(tape, conversation);
    const { url } = await serveTape(tape);
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

  test("closes on a client that differs from the tape, and logs the place but not the contents", async () => {
    writeTape(tape, conversation);
    const { running, url } = await serveTape(tape);
    const { code, stderr } = await outsock(["listen", url, "--send", '{"id":"mine"}']);
    expect(code).toBe(14);
    expect(stderr).toContain("1008");
    await running.shows("differs from the tape: tape.ndjson, line 5, at $.id", "stderr");
    expect(running.stderr).not.toContain("mine");
  });

  test("accepts any values of the same shape with --match shape", async () => {
    writeTape(tape, conversation);
    const { url } = await serveTape(tape, "--match", "shape");
    const { lines } = await outsock(["listen", url, "--count", "2", "--send", '{"id":7}']);
    expect(lines).toEqual(['"hello"', '{"id":1}']);
  });

  test("rejects handshakes that were rejected on the tape", async () => {
    const refusing = await echoUrl({ reject: 429, retryAfter: 7_000 });
    expect(await outsock(["record", tape, refusing])).toMatchObject({ code: 11 });
    const { url } = await serveTape(tape);
    const manager = createWebSocketManager({ transport: wsTransport() });
    expect((await manager.connect(url)).error).toMatchObject({ status: 429, retryAfterMs: 7_000 });
  });

  test("closes as the server did", async () => {
    const closing = await echoUrl({ greet: "1", closeCode: 4007 });
    await outsock(["record", tape, closing]);
    const { url } = await serveTape(tape);
    const manager = createWebSocketManager({ transport: wsTransport() });
    const { connection } = unwrap(await manager.connect(url));
    expect(unwrap(await manager.receive(connection)).response).toBe(1);
    expect((await manager.receive(connection)).error).toMatchObject({ closeCode: 4007 });
  });

  test.each([
    [["--greet", "x"], "--greet"],
    [["--drop-after", "1"], "--drop-after"],
  ])("cannot be combined with %j", async (flags, name) => {
    writeTape(tape, conversation);
    const { code, stderr } = await outsock(["echo", "--tape", tape, ...flags]);
    expect(code).toBe(2);
    expect(stderr).toContain(name);
  });

  test("exits with 15 for a file that is not a tape, and names the line", async () => {
    writeFileSync(tape, '{"type":"tape","version":1,"transport":"ws","startedAt":""}\nnonsense\n');
    const { code, stderr } = await outsock(["echo", "--tape", tape]);
    expect(code).toBe(15);
    expect(stderr).toContain("tape.ndjson:2");
  });
});

describe("outsock echo --tape with a close code that cannot be sent", () => {
  test.each([1006, 1015, 1004])("drops the connection for %s, and serves the next client", async (code) => {
    writeTape(tape, [
      header,
      opening,
      opened,
      { type: "in", text: "1" },
      { type: "closed", code, reason: "", clean: false },
    ]);
    const { url } = await serveTape(tape);
    for (let client = 0; client < 2; client += 1) {
      const manager = createWebSocketManager({ transport: wsTransport() });
      const { connection } = unwrap(await manager.connect(url));
      expect(unwrap(await manager.receive(connection)).response).toBe(1);
      expect((await manager.receive(connection)).error).toMatchObject({ closeCode: 1006 });
    }
  });

  test("does not answer where the tape has no answer, and still exits on Ctrl-C", async () => {
    writeTape(tape, [header, opening, { type: "failed", code: "ABORTED" }]);
    const { running, url } = await serveTape(tape);
    const manager = createWebSocketManager({ transport: wsTransport() });
    expect((await manager.connect(url, { timeoutMs: 300 })).error?.code).toBe("CONNECT_TIMEOUT");
    const waiting = manager.connect(url, { timeoutMs: 20_000 });
    await running.shows("not answered, as on the tape\nnot answered", "stderr");
    running.child.kill("SIGINT");
    expect(await running.exit()).toBe(0);
    expect((await waiting).error?.code).toBe("CONNECT_FAILED");
  });
});

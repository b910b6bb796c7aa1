import { readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { beforeEach, describe, expect, test } from "vitest";
import { outsock, startOutsock } from "./support/outsock.ts";
import { echoUrl, startPeer } from "./support/servers.ts";
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

describe("outsock replay", () => {
  test("plays the client side, and exits with 0 if the server behaves as on the tape", async () => {
    writeTape(tape, conversation);
    const { url } = await serveTape(tape);
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

  test("reports the line and the place of a difference, and exits with 15", async () => {
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

  test("exits with 15 if a message on the tape does not arrive, and with 11 if the server rejects the handshake", async () => {
    writeTape(tape, conversation);
    const env = { TOKEN: "sesame-open" };
    const args = (url: string) => ["replay", tape, url, "--secret-env", "1=TOKEN", "--timeout", "200ms"];
    const silent = await outsock(args(await echoUrl()), { env });
    expect(silent).toMatchObject({ code: 15 });
    expect(silent.stderr).toContain("instead: nothing arrived");
    expect(await outsock(args(await echoUrl({ reject: 503 })), { env })).toMatchObject({ code: 11 });
  });

  test("never sends a placeholder for a secret", async () => {
    writeTape(tape, conversation);
    const { running, url } = await serveTape(tape);
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
  ])("does not connect with a placeholder in %s", async (_, lines, place) => {
    writeTape(tape, [header, ...lines]);
    const { code, stderr } = await outsock(["replay", tape]);
    expect(code).toBe(15);
    expect(stderr).toContain(place);
    expect(stderr).toContain("--secret-env");
  });

  test("restores secrets, encoded for their place", async () => {
    const peer = await startPeer({ handshake: { type: "accept", protocol: "token" } });
    const secret = 'p@ss&w+rd#"x';
    writeTape(tape, [
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

  test("accepts a matching answer that contains the secret, and never shows the secret in a mismatch", async () => {
    const lines = (answer: string) => [
      header,
      opening,
      opened,
      { type: "out", text: '{"a":"x ***1"}' },
      { type: "in", text: answer },
    ];
    const args = [await echoUrl(), "--secret-env", "1=SECRET", "--match", "exact"];
    const env = { SECRET: "quite-a-secret" };
    writeTape(tape, lines('{"a":"x ***1"}'));
    expect(await outsock(["replay", tape, ...args], { env })).toMatchObject({ code: 0 });
    writeTape(tape, lines('{"a":"y ***1"}'));
    const wrong = await outsock(["replay", tape, ...args, "--json"], { env });
    expect(wrong.code).toBe(15);
    expect(wrong.stdout + wrong.stderr).not.toContain("quite-a-secret");
  });

  test("exits with 130 on Ctrl-C while connecting", async () => {
    const peer = await startPeer({ handshake: { type: "stall" } });
    writeTape(tape, [header, { ...opening, url: peer.url }, opened, { type: "in", text: "1" }]);
    const running = startOutsock(["replay", tape]);
    await peer.nextConnection();
    running.child.kill("SIGINT");
    expect(await running.exit()).toBe(130);
  });

  test("skips connection attempts that were abandoned, and exits with 15 if there are no others", async () => {
    const gaveUp = { type: "failed", code: "ABORTED" };
    writeTape(tape, [header, opening, gaveUp]);
    const { code, stderr } = await outsock(["replay", tape]);
    expect(code).toBe(15);
    expect(stderr).toContain("no connection");
  });
});

import { writeFileSync } from "node:fs";
import { join } from "node:path";
import { testCa } from "@outsock/transport-contract/node-peer";
import { describe, expect, test } from "vitest";
import { readHeaders } from "../src/options/connection-options.ts";
import { UsageError } from "../src/output/failures.ts";
import { outsock } from "./support/outsock.ts";
import { startPeer } from "./support/servers.ts";
import { createFolder } from "./support/tapes.ts";

describe("readHeaders", () => {
  test("splits at the first colon and trims", () => {
    expect(readHeaders(["X-Time:  10:30 "], [], {})).toEqual({ "X-Time": "10:30" });
  });

  test("takes values from the environment", () => {
    expect(readHeaders([], ["Authorization=TOKEN"], { TOKEN: "Bearer a=b" })).toEqual({
      Authorization: "Bearer a=b",
    });
  });

  test.each([
    [["no colon"], []],
    [[": value"], []],
    [["A: 1", "a: 2"], []],
    [[], ["Authorization"]],
    [[], ["Authorization="]],
    [[], ["Authorization=MISSING"]],
    [[], ["Authorization=EMPTY"]],
  ])("refuses %j and %j", (headers, fromEnvironment) => {
    expect(() => readHeaders(headers, fromEnvironment, { EMPTY: "" })).toThrow(UsageError);
  });
});

function caFile(): string {
  const path = join(createFolder(), "ca.pem");
  writeFileSync(path, testCa);
  return path;
}

test("an untrusted certificate exits with 10 and suggests --ca", async () => {
  const { url } = await startPeer({ tls: "trusted" });
  const { code, stderr } = await outsock(["listen", url]);
  expect(code).toBe(10);
  expect(stderr).toMatch(/TLS_FAILED.*--ca/s);
});

test("--ca trusts a certificate authority", async () => {
  const { url } = await startPeer({ tls: "trusted", greeting: ["1"] });
  expect(await outsock(["listen", url, "--ca", caFile(), "--count", "1"])).toMatchObject({
    code: 0,
    stdout: "1\n",
  });
});

test("--ca does not accept a certificate of another host", async () => {
  const { url } = await startPeer({ tls: "wrong-host" });
  expect(await outsock(["listen", url, "--ca", caFile()])).toMatchObject({ code: 10 });
});

test("--insecure accepts any certificate and prints a warning", async () => {
  const { url } = await startPeer({ tls: "self-signed", greeting: ["1"] });
  const { code, stdout, stderr } = await outsock(["listen", url, "--insecure", "--count", "1"]);
  expect({ code, stdout }).toEqual({ code: 0, stdout: "1\n" });
  expect(stderr).toContain("--insecure");
});

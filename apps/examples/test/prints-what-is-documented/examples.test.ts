import { globSync } from "node:fs";
import { dirname } from "node:path";
import { fileURLToPath } from "node:url";
import { findChromium } from "@outsock/test-servers";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { type EchoServer, startEchoServer } from "../support/echo-server.ts";
import { runExample } from "../support/run-example.ts";
import { shownOutputs } from "../support/shown-outputs.ts";

const packageFolder = fileURLToPath(new URL("../..", import.meta.url));
const examples = globSync("*/main.ts", { cwd: packageFolder }).map(dirname).sort();
const outputs = shownOutputs();
/** Needs to use up a limit, which fails on a busy machine, so it runs with the tests of the bench, after all others. */
const elsewhere = ["shared-limit"];
/** CI has a Chromium; other machines may have none. */
const lacking = findChromium() === undefined && !process.env.CI ? ["cdp-screenshot"] : [];

describe("the examples", () => {
  let server: EchoServer;

  beforeAll(async () => {
    server = await startEchoServer();
  });

  afterAll(() => server.stop());

  it.each(examples.filter((name) => ![...elsewhere, ...lacking].includes(name)))(
    "%s prints what the documentation shows",
    async (name) => {
      const run = await runExample(name, server.url);

      expect(run).toEqual({ exitCode: 0, stdout: expect.any(String), stderr: "" });
      expect(outputs.get(name) ?? [], "the documentation does not show its output").not.toHaveLength(0);
      for (const shown of outputs.get(name) ?? []) expect(run.stdout).toBe(shown);
    },
  );

  it("cdp-screenshot names what is missing without Chromium", async () => {
    const run = await runExample("cdp-screenshot", server.url, { CHROMIUM: "/nowhere" });

    expect(run).toEqual({ exitCode: 2, stdout: "", stderr: expect.stringContaining("/nowhere") });
  });

  it("shared-limit names what is missing without Redis", async () => {
    const run = await runExample("shared-limit", server.url, { REDIS_SERVER: "", PATH: "/nowhere" });

    expect(run).toEqual({ exitCode: 2, stdout: "", stderr: expect.stringContaining("redis-server") });
  });

  it("are the only programs whose output the documentation shows", () => {
    expect(examples).toEqual(expect.arrayContaining([...outputs.keys()]));
  });
});

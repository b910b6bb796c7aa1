import { execFile } from "node:child_process";
import { readFileSync } from "node:fs";
import { fileURLToPath } from "node:url";
import { promisify } from "node:util";
import { findRedis } from "@outsock/test-servers";
import { expect, it } from "vitest";

const examples = fileURLToPath(new URL("../../../examples", import.meta.url));
const page = readFileSync(new URL("../../../../docs/operations.md", import.meta.url), "utf8");

/** Here and not with the other examples, because these tests run after all others. */
it.skipIf(findRedis() === undefined && !process.env.CI)(
  "four processes share one limit and use it up: the example prints what docs/operations.md shows",
  async () => {
    const args = ["--conditions=@outsock/source", "shared-limit/main.ts"];
    const { stdout } = await promisify(execFile)(process.execPath, args, { cwd: examples });
    const [, shown] = /<!-- output: shared-limit -->\n```text\n(.*?)```/s.exec(page) ?? [];
    expect(stdout).toBe(shown);
  },
);

import { execFile } from "node:child_process";
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { promisify } from "node:util";
import { createCompare, entryPayload, readTape, type Tape } from "@outsock/transport-tape";
import { expect, it, onTestFinished } from "vitest";

const cwd = fileURLToPath(new URL("..", import.meta.url));

/** The messages of a tape, sent and received, in order. */
function messages({ channels }: Tape) {
  return channels
    .flatMap(({ entries }) => entries)
    .flatMap((entry) => (entry.type === "in" || entry.type === "out" ? [entry] : []));
}

it("a real debugger still answers as on the example's tape", async () => {
  const folder = mkdtempSync(join(tmpdir(), "outsock-example-"));
  onTestFinished(() => rmSync(folder, { recursive: true, force: true }));
  const fresh = join(folder, "fresh.ndjson");
  const args = ["--conditions=@outsock/source", "test-from-a-tape/record.ts", fresh];
  const env = { ...process.env, NODE_OPTIONS: "" };
  await promisify(execFile)(process.execPath, args, { cwd, env, timeout: 10_000 });

  const recorded = messages(readTape(join(cwd, "test-from-a-tape/conversation.ndjson")));
  const now = messages(readTape(fresh));
  const compare = createCompare({ match: "shape" });
  expect(now.map(({ type }) => type)).toEqual(recorded.map(({ type }) => type));
  expect(recorded.map((entry, at) => compare(entry, entryPayload(now[at] ?? entry)))).toEqual([
    undefined,
    undefined,
    undefined,
    undefined,
  ]);
});

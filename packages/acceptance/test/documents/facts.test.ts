import { createWebSocketManager, errorCodes } from "@outsock/core";
import { createMemoryNetwork } from "@outsock/transport-memory";
import { describe, expect, it } from "vitest";
import { readDocument, readDocuments } from "./documents.ts";

const transport = createMemoryNetwork().transport();
const manager = createWebSocketManager({ transport });
const page = readDocument("docs/manager.md");
const table = page.text.slice(page.text.indexOf("## Options"), page.text.indexOf("## Connections"));

/** The options of a call, from its complaint about an unknown one. */
function known(call: () => unknown): readonly string[] {
  try {
    call();
  } catch (error) {
    return (
      String(error)
        .match(/(?<=known are ).*/)?.[0]
        .split(", ") ?? []
    );
  }
  return [];
}

/** An option that no call has. */
const unknown: object = { unknown: 0 };

it("every page that states the number of error codes states the right one", () => {
  const pages = readDocuments().filter(({ path }) => !path.startsWith("packages/"));
  const counts = pages.flatMap(({ path, text }) =>
    [...text.matchAll(/\b(?<count>\d+) (?:error )?codes\b/g)].map(({ groups }) => ({
      path,
      count: Number(groups?.count),
    })),
  );
  expect(counts.map(({ path }) => path)).toContain("README.md");
  expect(counts.filter(({ count }) => count !== errorCodes.length)).toEqual([]);
});

describe("docs/manager.md", () => {
  it.each([
    ["createWebSocketManager", () => createWebSocketManager({ transport, ...unknown })],
    ["connect", () => manager.execute("connect", { url: "", ...unknown })],
    ["send", () => manager.execute("send", { connection: "", message: "", ...unknown })],
    ["receive", () => manager.execute("receive", { connection: "", ...unknown })],
    ["close", () => manager.execute("close", { connection: "", ...unknown })],
    ["request", () => manager.execute("request", { url: "", message: "", ...unknown })],
  ])("lists every option of %s", (_name, call) => {
    const options = known(call).filter((name) => !["url", "connection", "message"].includes(name));
    expect(options).not.toHaveLength(0);
    expect(options.filter((name) => !table.includes(`\`${name}\``))).toEqual([]);
  });

  it("states the default rate limit", () => {
    const { maxRateLimit, rateLimitWindowMs } = manager.getStats();
    expect(table).toContain(`${maxRateLimit} permits in any ${rateLimitWindowMs} ms`);
  });

  it("names every operation", () => {
    for (const name of ["connect", "send", "receive", "close", "request", "getStats", "reset"]) {
      expect(page.text).toContain(`| \`${name}(`);
    }
  });
});

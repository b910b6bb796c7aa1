import * as core from "@outsock/core";
import * as adapter from "@outsock/core/adapter";
import * as internal from "@outsock/core/internal";
import * as options from "@outsock/core/options";
import * as testing from "@outsock/core/testing";
import { createMemoryNetwork } from "@outsock/transport-memory";
import { expect, it } from "vitest";
import { readDocument } from "./documents.ts";

const manager = core.createWebSocketManager({ transport: createMemoryNetwork().transport() });

/** Those of the names that a page does not show as code. */
function missing(path: string, names: readonly string[]): readonly string[] {
  const { text } = readDocument(path);
  return names.filter((name) => !new RegExp(`\`[^\`\n]*\\b${name}\\b`).test(text));
}

it("core's README names everything that core exports", () => {
  expect(
    missing("packages/core/README.md", [
      ...Object.keys(core),
      ...Object.keys(testing),
      ...Object.keys(options),
      ...Object.keys(adapter),
      ...Object.keys(internal),
    ]),
  ).toEqual([]);
});

it("docs/migration-from-python.md names every figure of getStats", () => {
  expect(missing("docs/migration-from-python.md", Object.keys(manager.getStats()))).toEqual([]);
});

it("docs/errors.md names every field of an error", () => {
  const details: Required<core.ErrorDetails> = {
    phase: "connect",
    sent: "no",
    correlationId: "",
    retryAfterMs: 0,
    connectionId: "",
    url: "",
    status: 0,
    closeCode: 0,
    closeReason: "",
    remote: { code: 1, message: "" },
    cause: new Error(),
    retryable: true,
  };
  const error = new core.OutsockError("ABORTED", "", details);
  expect(missing("docs/errors.md", Object.keys(error.toJSON()))).toEqual([]);
});

it("the README names every operation", () => {
  const operations: Record<core.OperationName, true> = {
    connect: true,
    send: true,
    receive: true,
    close: true,
    request: true,
    getStats: true,
    reset: true,
  };
  expect(missing("README.md", Object.keys(operations))).toEqual([]);
});

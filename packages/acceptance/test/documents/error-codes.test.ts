import { type ErrorCode, errorCodes, OutsockError } from "@outsock/core";
import { describe, expect, it } from "vitest";
import { readDocument } from "./documents.ts";

const page = readDocument("docs/errors.md");
const codeLike = /^[A-Z]+(?:_[A-Z]+)+$|^ABORTED$|^DISPOSED$|^BACKPRESSURE$/;
const row = /^\| \[(?<code>\w+)\]\(#(?<anchor>\w+)\) \|.* \| (?<retryable>[^|]+) \|$/gm;
const rows = [...page.text.matchAll(row)].map(({ groups }) => ({ ...groups }));

function retryable(code: ErrorCode): string {
  if (code === "HANDSHAKE_REJECTED") return "by `status`";
  if (code === "RATE_LIMITED") return "yes, if a wait can help";
  const details = { phase: "connect", sent: "no", correlationId: "1" } as const;
  return new OutsockError(code, "", details).retryable ? "yes" : "no";
}

describe("docs/errors.md", () => {
  it("has one heading for each error code, in order, and no other", () => {
    expect(page.headings.filter((heading) => codeLike.test(heading))).toEqual([...errorCodes]);
  });

  it("lists every code in its table, with whether a retry can help", () => {
    expect(rows).toEqual(
      errorCodes.map((code) => ({ code, anchor: code.toLowerCase(), retryable: retryable(code) })),
    );
  });
});

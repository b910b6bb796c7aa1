import { inspect } from "node:util";
import { describe, expect, it } from "vitest";
import { errorCodes, isOutsockError, OutsockError, TransportError, unwrap } from "../src/index.ts";

const details = { phase: "connect", sent: "no", correlationId: "c" } as const;

describe("an error", () => {
  it("keeps its fields in JSON, and of its cause only name and code", () => {
    const cause = Object.assign(new Error("payload hunter2"), { code: "ECONNRESET" });
    const error = new OutsockError("HANDSHAKE_REJECTED", "the peer answered 429", {
      ...details,
      status: 429,
      retryAfterMs: 5,
      url: "ws://a/",
      cause,
    });
    expect(JSON.parse(JSON.stringify(error))).toEqual({
      code: "HANDSHAKE_REJECTED",
      message: "the peer answered 429",
      phase: "connect",
      sent: "no",
      retryable: true,
      correlationId: "c",
      retryAfterMs: 5,
      url: "ws://a/",
      status: 429,
      cause: { name: "Error", code: "ECONNRESET" },
    });
    expect(inspect(error)).toContain("ECONNRESET");
  });

  it("is known across copies of the package", () => {
    const foreign: object = Object.defineProperty({}, Symbol.for("@outsock/core/OutsockError"), {
      value: true,
    });
    expect(isOutsockError(foreign)).toBe(true);
    expect(isOutsockError(new OutsockError("ABORTED", "", details))).toBe(true);
    expect(isOutsockError(new Error("x"))).toBe(false);
    expect(TransportError.is(new TransportError("ABORTED", ""))).toBe(true);
    expect(TransportError.is(null)).toBe(false);
  });

  it("is retryable by its code, and by its status when the handshake was refused", () => {
    const retryable = errorCodes.filter((code) => new OutsockError(code, "", details).retryable);
    expect(retryable).toEqual([
      "RATE_LIMITED",
      "CONNECT_FAILED",
      "CONNECT_TIMEOUT",
      "CONNECTION_CLOSED",
      "SEND_FAILED",
      "BACKPRESSURE",
      "RECEIVE_TIMEOUT",
      "INBOX_OVERFLOW",
    ]);
    const by = (status: number): boolean =>
      new OutsockError("HANDSHAKE_REJECTED", "", { ...details, status }).retryable;
    expect([401, 403, 404, 408, 429, 500, 502, 503, 504].filter(by)).toEqual([408, 429, 500, 502, 503, 504]);
  });

  it("is thrown by unwrap", () => {
    const error = new OutsockError("ABORTED", "", details);
    expect(() => unwrap({ success: false, error })).toThrow(error);
    expect(unwrap({ success: true, data: 1 })).toBe(1);
  });
});

describe("a server's own error", () => {
  it("is kept whole, and in JSON without its data", () => {
    const remote = { code: -32601, message: "Method not found", data: "hunter2" };
    const error = new OutsockError("REMOTE_ERROR", "no", { ...details, sent: "yes", remote });
    expect(error.remote).toEqual(remote);
    expect(JSON.parse(JSON.stringify(error)).remote).toEqual({ code: -32601, message: "Method not found" });
    expect(new OutsockError("ABORTED", "", details)).not.toHaveProperty("remote");
  });
});

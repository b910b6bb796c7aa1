import { TransportError } from "@outsock/core";
import { describe, expect, it } from "vitest";
import { type DialStage, dialFailed, handshakeRejected } from "../src/dial-error.ts";

function coded(code: string): Error {
  return Object.assign(new Error("secret details"), { code });
}

describe("an error of a dial", () => {
  it.each<[string, DialStage, string]>([
    ["ECONNREFUSED", "connecting", "CONNECT_FAILED"],
    ["ENOTFOUND", "connecting", "CONNECT_FAILED"],
    ["CERT_HAS_EXPIRED", "securing", "TLS_FAILED"],
    ["EPROTO", "securing", "TLS_FAILED"],
    ["ECONNRESET", "securing", "CONNECT_FAILED"],
    ["EPIPE", "securing", "CONNECT_FAILED"],
    ["ETIMEDOUT", "securing", "CONNECT_FAILED"],
    ["ECONNABORTED", "securing", "CONNECT_FAILED"],
    ["EHOSTUNREACH", "securing", "CONNECT_FAILED"],
    ["ENETUNREACH", "securing", "CONNECT_FAILED"],
    ["ERR_SSL_TLSV13_ALERT_CERTIFICATE_REQUIRED", "connected", "TLS_FAILED"],
    ["ECONNRESET", "connected", "CONNECT_FAILED"],
  ])(
    "%s while %s is %s, with the error as the cause and its code in the message",
    (code, stage, expected) => {
      const error = coded(code);
      const failure = dialFailed(error, stage);
      expect(failure).toMatchObject({ code: expected, cause: error });
      expect(failure.message).toContain(code);
      expect(failure.message).not.toContain("secret");
    },
  );

  it("that is a TransportError already stays as it is", () => {
    const error = new TransportError("URL_FORBIDDEN", "the address is not allowed");
    expect(dialFailed(error, "securing")).toBe(error);
  });
});

describe("a refused handshake", () => {
  it("has its status, and the time to wait where the peer names one", () => {
    expect(handshakeRejected(503, "2")).toMatchObject({
      code: "HANDSHAKE_REJECTED",
      status: 503,
      retryAfterMs: 2_000,
    });
    expect(handshakeRejected(401, undefined).retryAfterMs).toBeUndefined();
  });

  it("breaks the protocol where its status is 101", () => {
    expect(handshakeRejected(101, "2")).toMatchObject({ code: "PROTOCOL_ERROR" });
  });
});

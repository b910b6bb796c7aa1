import { equal, ok } from "@outsock/contract-kit";
import { defineTransportScenario, type TransportScenario } from "../scenario.ts";

const secret = "s3cr3t-in-the-query";

export const openFailureScenarios: readonly TransportScenario[] = [
  defineTransportScenario({
    id: "open:aborted-before",
    behaviour: "open rejects with ABORTED, without dialling, if the signal is already aborted",
    async run(testbed) {
      const peer = await testbed.peer();
      const { error, events } = await testbed.failToOpen(peer.url, { signal: AbortSignal.abort() });
      equal(error.code, "ABORTED", "the code");
      await testbed.settle();
      equal(peer.connectionCount, 0, "connections made");
      equal(events.log.length, 0, "events reported");
    },
  }),
  defineTransportScenario({
    id: "open:aborted-at-once",
    behaviour: "open rejects with ABORTED if the signal is aborted right after the call",
    async run(testbed) {
      const peer = await testbed.peer();
      const controller = new AbortController();
      const failed = testbed.failToOpen(peer.url, { signal: controller.signal });
      controller.abort();
      const { error, events } = await failed;
      equal(error.code, "ABORTED", "the code");
      await testbed.settle();
      equal(events.log.length, 0, "events reported");
    },
  }),
  defineTransportScenario({
    id: "open:aborted-during",
    behaviour:
      "open rejects with ABORTED if the signal is aborted during the handshake, and the connection is ended",
    async run(testbed) {
      const peer = await testbed.peer({ handshake: { type: "stall" } });
      const controller = new AbortController();
      const failed = testbed.failToOpen(peer.url, { signal: controller.signal });
      const remote = await peer.nextConnection();
      controller.abort();
      const { error, events } = await failed;
      equal(error.code, "ABORTED", "the code");
      await remote.ended;
      await testbed.settle();
      equal(events.log.length, 0, "events reported");
    },
  }),
  defineTransportScenario({
    id: "open:refused",
    behaviour: "open rejects with CONNECT_FAILED if nothing listens on the port",
    async run(testbed) {
      const peer = await testbed.peer();
      const { error } = await testbed.failToOpen(await peer.unusedUrl());
      equal(error.code, "CONNECT_FAILED", "the code");
    },
  }),
  defineTransportScenario({
    id: "open:unknown-host",
    behaviour: "open rejects with CONNECT_FAILED if the host has no address",
    needs: ["network"],
    async run(testbed) {
      const { error } = await testbed.failToOpen("ws://nobody.invalid/");
      equal(error.code, "CONNECT_FAILED", "the code");
    },
  }),
  defineTransportScenario({
    id: "open:hung-up",
    behaviour: "open rejects with CONNECT_FAILED if the peer ends or resets the connection without an answer",
    needs: ["network"],
    async run(testbed) {
      for (const how of ["end", "reset"] as const) {
        const peer = await testbed.peer({ handshake: { type: "hang-up", how } });
        const { error } = await testbed.failToOpen(peer.url);
        equal(error.code, "CONNECT_FAILED", `the code after ${how}`);
        await (await peer.nextConnection()).ended;
      }
    },
  }),
  defineTransportScenario({
    id: "open:header-injection",
    behaviour: "open rejects, and sends no request, if a header or subprotocol contains a line break",
    needs: ["network", "headers"],
    async run(testbed) {
      const peer = await testbed.peer();
      await testbed.failToOpen(peer.url, { headers: { "X-Key": "a\r\nX-Other: b" } });
      await testbed.failToOpen(peer.url, { headers: { "X-Key\r\nX-Other": "b" } });
      await testbed.failToOpen(peer.url, { protocols: ["a\r\nX-Other: b"] });
      await testbed.open(`${peer.url}/after`);
      equal((await peer.nextConnection()).request.target, "/after", "the first request that the peer read");
    },
  }),
  defineTransportScenario({
    id: "open:no-event-after-rejection",
    behaviour: "no event is reported after open has rejected",
    async run(testbed) {
      const peer = await testbed.peer({ handshake: { type: "reject", status: 503 } });
      const { events } = await testbed.failToOpen(peer.url);
      await (await peer.nextConnection()).ended;
      await testbed.settle();
      equal(events.log.length, 0, "events reported");
    },
  }),
  defineTransportScenario({
    id: "open:keeps-secrets",
    behaviour: "errors contain neither the URL's query nor the headers",
    async run(testbed) {
      const rejecting = await testbed.peer({ handshake: { type: "reject", status: 401 } });
      for (const base of [rejecting.url, await rejecting.unusedUrl()]) {
        const url = `${base}/?token=${secret}`;
        const { error } = await testbed.failToOpen(
          url,
          testbed.capabilities.headers ? { headers: { "X-Key": secret } } : {},
        );
        ok(!describe(error).includes(secret), "the error contains a secret");
      }
    },
  }),
];

function describe(error: Error): string {
  const own = `${error.message} ${error.stack ?? ""} ${JSON.stringify(error)}`;
  return error.cause instanceof Error ? `${own} ${describe(error.cause)}` : `${own} ${String(error.cause)}`;
}

export const openRejectedScenarios: readonly TransportScenario[] = [
  defineTransportScenario({
    id: "open:rejected",
    behaviour: "open rejects if the peer refuses the handshake, and the connection is ended",
    async run(testbed) {
      const peer = await testbed.peer({ handshake: { type: "reject", status: 403 } });
      const { error } = await testbed.failToOpen(peer.url);
      equal(error.code, testbed.openCode("HANDSHAKE_REJECTED"), "the code");
      await (await peer.nextConnection()).ended;
    },
  }),
  defineTransportScenario({
    id: "open:http-status",
    behaviour:
      "open rejects with HANDSHAKE_REJECTED and the answer's status if the peer refuses the handshake",
    needs: ["failureReason"],
    async run(testbed) {
      for (const status of [200, 302, 401, 403, 404, 426, 429, 503]) {
        const peer = await testbed.peer({ handshake: { type: "reject", status } });
        const { error } = await testbed.failToOpen(peer.url);
        equal(error.code, "HANDSHAKE_REJECTED", `the code for ${status}`);
        equal(error.status, status, "the status");
        equal(error.retryAfterMs, undefined, "retryAfterMs without a Retry-After");
      }
    },
  }),
  defineTransportScenario({
    id: "open:retry-after-seconds",
    behaviour: "Retry-After in seconds becomes retryAfterMs",
    needs: ["failureReason"],
    async run(testbed) {
      const headers = { "Retry-After": "7" };
      const peer = await testbed.peer({ handshake: { type: "reject", status: 429, headers } });
      const { error } = await testbed.failToOpen(peer.url);
      equal(error.retryAfterMs, 7_000, "retryAfterMs");
    },
  }),
  defineTransportScenario({
    id: "open:retry-after-date",
    behaviour: "Retry-After as a date becomes retryAfterMs, and an invalid one is ignored",
    needs: ["network", "failureReason"],
    async run(testbed) {
      const inAnHour = new Date(Date.now() + 3_600_000).toUTCString();
      const later = await testbed.peer({
        handshake: { type: "reject", status: 503, headers: { "Retry-After": inAnHour } },
      });
      const { retryAfterMs = 0 } = (await testbed.failToOpen(later.url)).error;
      ok(retryAfterMs > 3_500_000 && retryAfterMs <= 3_600_000, `an hour became ${retryAfterMs} ms`);
      const past = await testbed.peer({
        handshake: {
          type: "reject",
          status: 503,
          headers: { "Retry-After": "Wed, 21 Oct 2015 07:28:00 GMT" },
        },
      });
      equal((await testbed.failToOpen(past.url)).error.retryAfterMs, 0, "retryAfterMs of a past date");
      const nonsense = await testbed.peer({
        handshake: { type: "reject", status: 503, headers: { "Retry-After": "soon" } },
      });
      equal(
        (await testbed.failToOpen(nonsense.url)).error.retryAfterMs,
        undefined,
        "retryAfterMs of nonsense",
      );
    },
  }),
  defineTransportScenario({
    id: "open:redirect-not-followed",
    behaviour: "a redirect is not followed",
    needs: ["network"],
    async run(testbed) {
      const target = await testbed.peer();
      const headers = { Location: target.url.replace("ws:", "http:") };
      const peer = await testbed.peer({ handshake: { type: "reject", status: 302, headers } });
      const { error } = await testbed.failToOpen(peer.url);
      equal(error.code, testbed.openCode("HANDSHAKE_REJECTED"), "the code");
      await testbed.settle();
      equal(target.connectionCount, 0, "connections made to the redirect's target");
    },
  }),
  defineTransportScenario({
    id: "open:rejected-without-end",
    behaviour: "open rejects without waiting for the body of a refusal, and the connection is ended",
    needs: ["network"],
    async run(testbed) {
      const text = "HTTP/1.1 503 Service Unavailable\r\nContent-Length: 1000\r\n\r\nsome";
      const peer = await testbed.peer({ handshake: { type: "raw", text } });
      const { error } = await testbed.failToOpen(peer.url);
      equal(error.code, testbed.openCode("HANDSHAKE_REJECTED"), "the code");
      await (await peer.nextConnection()).ended;
    },
  }),
];

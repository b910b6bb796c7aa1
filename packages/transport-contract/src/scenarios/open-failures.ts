import { equal, ok } from "@outsock/contract-kit";
import { defineTransportScenario, type TransportScenario } from "../scenario.ts";

const secret = "s3cr3t-in-the-query";

export const openFailureScenarios: readonly TransportScenario[] = [
  defineTransportScenario({
    id: "open:aborted-before",
    behaviour: "a signal that is already aborted rejects with ABORTED and nothing is dialled",
    async run(testbed) {
      const peer = await testbed.peer();
      const { error, events } = await testbed.failToOpen(peer.url, { signal: AbortSignal.abort() });
      equal(error.code, "ABORTED", "the code");
      await testbed.settle();
      equal(peer.connectionCount, 0, "connections made");
      equal(events.log.length, 0, "events told");
    },
  }),
  defineTransportScenario({
    id: "open:aborted-at-once",
    behaviour: "aborting right after the call to open rejects with ABORTED",
    async run(testbed) {
      const peer = await testbed.peer();
      const controller = new AbortController();
      const failed = testbed.failToOpen(peer.url, { signal: controller.signal });
      controller.abort();
      const { error, events } = await failed;
      equal(error.code, "ABORTED", "the code");
      await testbed.settle();
      equal(events.log.length, 0, "events told");
    },
  }),
  defineTransportScenario({
    id: "open:aborted-during",
    behaviour: "aborting while the peer keeps its answer back rejects with ABORTED and ends the connection",
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
      equal(events.log.length, 0, "events told");
    },
  }),
  defineTransportScenario({
    id: "open:refused",
    behaviour: "nobody listening rejects with CONNECT_FAILED",
    async run(testbed) {
      const peer = await testbed.peer();
      const { error } = await testbed.failToOpen(await peer.unusedUrl());
      equal(error.code, "CONNECT_FAILED", "the code");
    },
  }),
  defineTransportScenario({
    id: "open:unknown-host",
    behaviour: "a host that has no address rejects with CONNECT_FAILED",
    needs: ["network"],
    async run(testbed) {
      const { error } = await testbed.failToOpen("ws://nobody.invalid/");
      equal(error.code, "CONNECT_FAILED", "the code");
    },
  }),
  defineTransportScenario({
    id: "open:hung-up",
    behaviour: "a peer that ends or resets the connection instead of an answer rejects with CONNECT_FAILED",
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
    behaviour: "a header or subprotocol that would break the request rejects, and no request is sent",
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
    behaviour: "no event is told after open rejected",
    async run(testbed) {
      const peer = await testbed.peer({ handshake: { type: "reject", status: 503 } });
      const { events } = await testbed.failToOpen(peer.url);
      await (await peer.nextConnection()).ended;
      await testbed.settle();
      equal(events.log.length, 0, "events told");
    },
  }),
  defineTransportScenario({
    id: "open:keeps-secrets",
    behaviour: "an error says nothing of the URL's query and of the headers",
    async run(testbed) {
      const rejecting = await testbed.peer({ handshake: { type: "reject", status: 401 } });
      for (const base of [rejecting.url, await rejecting.unusedUrl()]) {
        const url = `${base}/?token=${secret}`;
        const { error } = await testbed.failToOpen(
          url,
          testbed.capabilities.headers ? { headers: { "X-Key": secret } } : {},
        );
        ok(!describe(error).includes(secret), "the error names a secret");
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
    behaviour: "a refused handshake rejects, and the connection is ended",
    async run(testbed) {
      const peer = await testbed.peer({ handshake: { type: "reject", status: 403 } });
      const { error } = await testbed.failToOpen(peer.url);
      equal(error.code, testbed.openCode("HANDSHAKE_REJECTED"), "the code");
      await (await peer.nextConnection()).ended;
    },
  }),
  defineTransportScenario({
    id: "open:http-status",
    behaviour: "a refused handshake rejects with HANDSHAKE_REJECTED and the status of the answer",
    needs: ["failureReason"],
    async run(testbed) {
      for (const status of [200, 302, 401, 403, 404, 426, 429, 503]) {
        const peer = await testbed.peer({ handshake: { type: "reject", status } });
        const { error } = await testbed.failToOpen(peer.url);
        equal(error.code, "HANDSHAKE_REJECTED", `the code for ${status}`);
        equal(error.status, status, "the status");
        equal(error.retryAfterMs, undefined, "retryAfterMs where the answer has no Retry-After");
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
    behaviour: "Retry-After as a date becomes retryAfterMs, and one that is no date is left out",
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
      equal((await testbed.failToOpen(past.url)).error.retryAfterMs, 0, "retryAfterMs of a date gone by");
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
    behaviour: "a refusal whose body never comes rejects without waiting for it, and the connection is ended",
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

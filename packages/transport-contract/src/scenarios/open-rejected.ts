import { equal, ok } from "../assert.ts";
import { defineScenario, type TransportScenario } from "../scenario.ts";

export const openRejectedScenarios: readonly TransportScenario[] = [
  defineScenario({
    id: "open:rejected",
    behaviour: "a refused handshake rejects, and the connection is ended",
    async run(lab) {
      const peer = await lab.peer({ handshake: { type: "reject", status: 403 } });
      const { error } = await lab.failToOpen(peer.url);
      equal(error.code, lab.openCode("HANDSHAKE_REJECTED"), "the code");
      await (await peer.nextConnection()).ended;
    },
  }),
  defineScenario({
    id: "open:http-status",
    behaviour: "a refused handshake rejects with HANDSHAKE_REJECTED and the status of the answer",
    needs: ["failureReason"],
    async run(lab) {
      for (const status of [200, 302, 401, 403, 404, 426, 429, 503]) {
        const peer = await lab.peer({ handshake: { type: "reject", status } });
        const { error } = await lab.failToOpen(peer.url);
        equal(error.code, "HANDSHAKE_REJECTED", `the code for ${status}`);
        equal(error.status, status, "the status");
        equal(error.retryAfterMs, undefined, "retryAfterMs where the answer has no Retry-After");
      }
    },
  }),
  defineScenario({
    id: "open:retry-after-seconds",
    behaviour: "Retry-After in seconds becomes retryAfterMs",
    needs: ["failureReason"],
    async run(lab) {
      const headers = { "Retry-After": "7" };
      const peer = await lab.peer({ handshake: { type: "reject", status: 429, headers } });
      const { error } = await lab.failToOpen(peer.url);
      equal(error.retryAfterMs, 7_000, "retryAfterMs");
    },
  }),
  defineScenario({
    id: "open:retry-after-date",
    behaviour: "Retry-After as a date becomes retryAfterMs, and one that is no date is left out",
    needs: ["network", "failureReason"],
    async run(lab) {
      const inAnHour = new Date(Date.now() + 3_600_000).toUTCString();
      const later = await lab.peer({
        handshake: { type: "reject", status: 503, headers: { "Retry-After": inAnHour } },
      });
      const { retryAfterMs = 0 } = (await lab.failToOpen(later.url)).error;
      ok(retryAfterMs > 3_500_000 && retryAfterMs <= 3_600_000, `an hour became ${retryAfterMs} ms`);
      const past = await lab.peer({
        handshake: {
          type: "reject",
          status: 503,
          headers: { "Retry-After": "Wed, 21 Oct 2015 07:28:00 GMT" },
        },
      });
      equal((await lab.failToOpen(past.url)).error.retryAfterMs, 0, "retryAfterMs of a date gone by");
      const nonsense = await lab.peer({
        handshake: { type: "reject", status: 503, headers: { "Retry-After": "soon" } },
      });
      equal((await lab.failToOpen(nonsense.url)).error.retryAfterMs, undefined, "retryAfterMs of nonsense");
    },
  }),
  defineScenario({
    id: "open:redirect-not-followed",
    behaviour: "a redirect is not followed",
    needs: ["network"],
    async run(lab) {
      const target = await lab.peer();
      const headers = { Location: target.url.replace("ws:", "http:") };
      const peer = await lab.peer({ handshake: { type: "reject", status: 302, headers } });
      const { error } = await lab.failToOpen(peer.url);
      equal(error.code, lab.openCode("HANDSHAKE_REJECTED"), "the code");
      await lab.settle();
      equal(target.connectionCount, 0, "connections made to the redirect's target");
    },
  }),
  defineScenario({
    id: "open:rejected-without-end",
    behaviour: "a refusal whose body never comes rejects without waiting for it, and the connection is ended",
    needs: ["network"],
    async run(lab) {
      const text = "HTTP/1.1 503 Service Unavailable\r\nContent-Length: 1000\r\n\r\nsome";
      const peer = await lab.peer({ handshake: { type: "raw", text } });
      const { error } = await lab.failToOpen(peer.url);
      equal(error.code, lab.openCode("HANDSHAKE_REJECTED"), "the code");
      await (await peer.nextConnection()).ended;
    },
  }),
];

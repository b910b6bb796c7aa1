import { equal, ok } from "../assert.ts";
import { defineScenario, type TransportScenario } from "../scenario.ts";

const secret = "s3cr3t-in-the-query";

export const openFailureScenarios: readonly TransportScenario[] = [
  defineScenario({
    id: "open:aborted-before",
    behaviour: "a signal that is already aborted rejects with ABORTED and nothing is dialled",
    async run(lab) {
      const peer = await lab.peer();
      const { error, events } = await lab.failToOpen(peer.url, { signal: AbortSignal.abort() });
      equal(error.code, "ABORTED", "the code");
      await lab.settle();
      equal(peer.connectionCount, 0, "connections made");
      equal(events.log.length, 0, "events told");
    },
  }),
  defineScenario({
    id: "open:aborted-at-once",
    behaviour: "aborting right after the call to open rejects with ABORTED",
    async run(lab) {
      const peer = await lab.peer();
      const controller = new AbortController();
      const failed = lab.failToOpen(peer.url, { signal: controller.signal });
      controller.abort();
      const { error, events } = await failed;
      equal(error.code, "ABORTED", "the code");
      await lab.settle();
      equal(events.log.length, 0, "events told");
    },
  }),
  defineScenario({
    id: "open:aborted-during",
    behaviour: "aborting while the peer keeps its answer back rejects with ABORTED and ends the connection",
    async run(lab) {
      const peer = await lab.peer({ handshake: { type: "stall" } });
      const controller = new AbortController();
      const failed = lab.failToOpen(peer.url, { signal: controller.signal });
      const remote = await peer.nextConnection();
      controller.abort();
      const { error, events } = await failed;
      equal(error.code, "ABORTED", "the code");
      await remote.ended;
      await lab.settle();
      equal(events.log.length, 0, "events told");
    },
  }),
  defineScenario({
    id: "open:refused",
    behaviour: "nobody listening rejects with CONNECT_FAILED",
    async run(lab) {
      const peer = await lab.peer();
      const { error } = await lab.failToOpen(await peer.unusedUrl());
      equal(error.code, "CONNECT_FAILED", "the code");
    },
  }),
  defineScenario({
    id: "open:unknown-host",
    behaviour: "a host that has no address rejects with CONNECT_FAILED",
    needs: ["network"],
    async run(lab) {
      const { error } = await lab.failToOpen("ws://nobody.invalid/");
      equal(error.code, "CONNECT_FAILED", "the code");
    },
  }),
  defineScenario({
    id: "open:hung-up",
    behaviour: "a peer that ends or resets the connection instead of an answer rejects with CONNECT_FAILED",
    needs: ["network"],
    async run(lab) {
      for (const how of ["end", "reset"] as const) {
        const peer = await lab.peer({ handshake: { type: "hang-up", how } });
        const { error } = await lab.failToOpen(peer.url);
        equal(error.code, "CONNECT_FAILED", `the code after ${how}`);
        await (await peer.nextConnection()).ended;
      }
    },
  }),
  defineScenario({
    id: "open:header-injection",
    behaviour: "a header or subprotocol that would break the request rejects, and no request is sent",
    needs: ["network", "headers"],
    async run(lab) {
      const peer = await lab.peer();
      await lab.failToOpen(peer.url, { headers: { "X-Key": "a\r\nX-Other: b" } });
      await lab.failToOpen(peer.url, { headers: { "X-Key\r\nX-Other": "b" } });
      await lab.failToOpen(peer.url, { protocols: ["a\r\nX-Other: b"] });
      await lab.open(`${peer.url}/after`);
      equal((await peer.nextConnection()).request.target, "/after", "the first request that the peer read");
    },
  }),
  defineScenario({
    id: "open:no-event-after-rejection",
    behaviour: "no event is told after open rejected",
    async run(lab) {
      const peer = await lab.peer({ handshake: { type: "reject", status: 503 } });
      const { events } = await lab.failToOpen(peer.url);
      await (await peer.nextConnection()).ended;
      await lab.settle();
      equal(events.log.length, 0, "events told");
    },
  }),
  defineScenario({
    id: "open:keeps-secrets",
    behaviour: "an error says nothing of the URL's query and of the headers",
    async run(lab) {
      const rejecting = await lab.peer({ handshake: { type: "reject", status: 401 } });
      for (const base of [rejecting.url, await rejecting.unusedUrl()]) {
        const url = `${base}/?token=${secret}`;
        const { error } = await lab.failToOpen(
          url,
          lab.capabilities.headers ? { headers: { "X-Key": secret } } : {},
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

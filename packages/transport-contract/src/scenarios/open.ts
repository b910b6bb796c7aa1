import { equal, ok, sameItems } from "@outsock/contract-kit";
import { nextText } from "../remote.ts";
import { defineTransportScenario, type TransportScenario } from "../scenario.ts";
import type { TransportTestbed } from "../transport-testbed.ts";

export const openScenarios: readonly TransportScenario[] = [
  defineTransportScenario({
    id: "open:resolves",
    behaviour: "open resolves with a channel once the handshake is complete",
    async run(testbed) {
      const { channel, remote, events } = await testbed.connect();
      equal(channel.protocol, "", "the subprotocol when none was offered");
      equal(channel.bufferedAmount, 0, "bufferedAmount of a new channel");
      channel.send("to the peer");
      equal(await nextText(remote), "to the peer", "what the peer received");
      remote.send("from the peer");
      sameItems(await events.texts(1), ["from the peer"], "what the channel received");
    },
  }),
  defineTransportScenario({
    id: "open:target",
    behaviour: "the URL's path and query reach the peer",
    async run(testbed) {
      const peer = await testbed.peer();
      await testbed.open(`${peer.url}/a/path?query=1&more=%20`);
      equal((await peer.nextConnection()).request.target, "/a/path?query=1&more=%20", "the request's target");
    },
  }),
  defineTransportScenario({
    id: "open:headers",
    behaviour: "request headers reach the peer",
    needs: ["headers"],
    async run(testbed) {
      const { remote } = await testbed.connect(
        {},
        { headers: { Authorization: "Bearer abc", "X-Custom": "1, 2" } },
      );
      equal(remote.request.headers.authorization, "Bearer abc", "the Authorization header");
      equal(remote.request.headers["x-custom"], "1, 2", "a custom header");
    },
  }),
  defineTransportScenario({
    id: "open:no-extension",
    behaviour: "no extension is offered to the peer",
    needs: ["network"],
    async run(testbed) {
      const { remote } = await testbed.connect();
      equal(remote.request.headers["sec-websocket-extensions"], undefined, "Sec-WebSocket-Extensions");
    },
  }),
  defineTransportScenario({
    id: "open:greeting-with-handshake",
    behaviour: "messages in the same packet as the 101 arrive, in order",
    async run(testbed) {
      const greeting = ["first", "second", "", "fourth"];
      const { events, remote } = await testbed.connect({ greeting });
      remote.send("after");
      sameItems(await events.texts(5), [...greeting, "after"], "the messages");
    },
  }),
  defineTransportScenario({
    id: "open:protocol-agreed",
    behaviour: "subprotocols are offered in order, and the channel reports the one the peer chose",
    async run(testbed) {
      const script = { handshake: { type: "accept", protocol: "two" } } as const;
      const { channel, remote } = await testbed.connect(script, { protocols: ["one", "two", "three"] });
      sameItems(remote.request.protocols, ["one", "two", "three"], "the offered subprotocols");
      equal(channel.protocol, "two", "the channel's subprotocol");
    },
  }),
  defineTransportScenario({
    id: "open:aborted-after",
    behaviour: "aborting after open has resolved has no effect",
    async run(testbed) {
      const controller = new AbortController();
      const { channel, events, remote } = await testbed.connect({}, { signal: controller.signal });
      controller.abort();
      channel.send("still here");
      equal(await nextText(remote), "still here", "what the peer received");
      remote.send("so am I");
      sameItems(await events.texts(1), ["so am I"], "what the channel received");
      ok(events.closes.length === 0, "the channel closed");
    },
  }),
  defineTransportScenario({
    id: "open:independent",
    behaviour: "channels of one transport are independent of each other",
    async run(testbed) {
      const peer = await testbed.peer();
      const first = await testbed.open(peer.url);
      const firstRemote = await peer.nextConnection();
      const second = await testbed.open(peer.url);
      const secondRemote = await peer.nextConnection();
      first.channel.close(4000);
      await first.events.closed();
      await firstRemote.ended;
      second.channel.send("second");
      equal(await nextText(secondRemote), "second", "what the second connection's peer received");
      equal(second.events.closes.length, 0, "closes of the second channel");
    },
  }),
];

async function expectForbidden(testbed: TransportTestbed, host: string): Promise<void> {
  const peer = await testbed.peer();
  const asked: string[] = [];
  const { error } = await testbed.failToOpen(peer.url.replace("127.0.0.1", host), {
    allowAddress(address) {
      asked.push(address);
      return false;
    },
  });
  equal(error.code, "URL_FORBIDDEN", "the code");
  ok(asked.length > 0, "allowAddress was not asked");
  await testbed.settle();
  equal(peer.connectionCount, 0, "connections made");
}

export const openAddressScenarios: readonly TransportScenario[] = [
  defineTransportScenario({
    id: "open:address-refused",
    behaviour: "open rejects with URL_FORBIDDEN, without dialling, if allowAddress refuses an IP literal",
    needs: ["addressCheck"],
    run: (testbed) => expectForbidden(testbed, "127.0.0.1"),
  }),
  defineTransportScenario({
    id: "open:address-refused-name",
    behaviour:
      "open rejects with URL_FORBIDDEN, without dialling, if allowAddress refuses the address of a name",
    needs: ["network", "addressCheck"],
    run: (testbed) => expectForbidden(testbed, "localhost"),
  }),
  defineTransportScenario({
    id: "open:address-allowed",
    behaviour: "an address that allowAddress accepts is dialled, for an IP literal and for a name",
    needs: ["network", "addressCheck"],
    async run(testbed) {
      const peer = await testbed.peer();
      for (const host of ["127.0.0.1", "localhost"]) {
        const asked: string[] = [];
        await testbed.open(peer.url.replace("127.0.0.1", host), {
          allowAddress: (address) => asked.push(address) > 0,
        });
        ok(asked.includes("127.0.0.1"), `allowAddress was asked about ${asked.join(", ") || "nothing"}`);
      }
    },
  }),
];

import { equal, ok, sameItems } from "../assert.ts";
import { nextText } from "../remote.ts";
import { defineScenario, type TransportScenario } from "../scenario.ts";

export const openScenarios: readonly TransportScenario[] = [
  defineScenario({
    id: "open:resolves",
    behaviour: "open resolves with a channel once the handshake is complete",
    async run(lab) {
      const { channel, remote, events } = await lab.connect();
      equal(channel.protocol, "", "the subprotocol when none was asked for");
      equal(channel.bufferedAmount, 0, "bufferedAmount of a new channel");
      channel.send("to the peer");
      equal(await nextText(remote), "to the peer", "what the peer received");
      remote.send("from the peer");
      sameItems(await events.texts(1), ["from the peer"], "what the channel received");
    },
  }),
  defineScenario({
    id: "open:target",
    behaviour: "the path and the query of the URL reach the peer",
    async run(lab) {
      const peer = await lab.peer();
      await lab.open(`${peer.url}/a/path?query=1&more=%20`);
      equal((await peer.nextConnection()).request.target, "/a/path?query=1&more=%20", "the request's target");
    },
  }),
  defineScenario({
    id: "open:headers",
    behaviour: "request headers reach the peer",
    needs: ["headers"],
    async run(lab) {
      const { remote } = await lab.connect(
        {},
        { headers: { Authorization: "Bearer abc", "X-Custom": "1, 2" } },
      );
      equal(remote.request.headers.authorization, "Bearer abc", "the Authorization header");
      equal(remote.request.headers["x-custom"], "1, 2", "a custom header");
    },
  }),
  defineScenario({
    id: "open:no-extension",
    behaviour: "no extension is offered to the peer",
    needs: ["network"],
    async run(lab) {
      const { remote } = await lab.connect();
      equal(remote.request.headers["sec-websocket-extensions"], undefined, "Sec-WebSocket-Extensions");
    },
  }),
  defineScenario({
    id: "open:greeting-with-handshake",
    behaviour: "messages that come in the same packet as the 101 are kept, in order",
    async run(lab) {
      const greeting = ["first", "second", "", "fourth"];
      const { events, remote } = await lab.connect({ greeting });
      remote.send("after");
      sameItems(await events.texts(5), [...greeting, "after"], "the messages");
    },
  }),
  defineScenario({
    id: "open:protocol-agreed",
    behaviour: "subprotocols are offered in order, and the channel names the one the peer chose",
    async run(lab) {
      const script = { handshake: { type: "accept", protocol: "two" } } as const;
      const { channel, remote } = await lab.connect(script, { protocols: ["one", "two", "three"] });
      sameItems(remote.request.protocols, ["one", "two", "three"], "the offered subprotocols");
      equal(channel.protocol, "two", "the channel's subprotocol");
    },
  }),
  defineScenario({
    id: "open:aborted-after",
    behaviour: "aborting after open resolved has no effect",
    async run(lab) {
      const controller = new AbortController();
      const { channel, events, remote } = await lab.connect({}, { signal: controller.signal });
      controller.abort();
      channel.send("still here");
      equal(await nextText(remote), "still here", "what the peer received");
      remote.send("so am I");
      sameItems(await events.texts(1), ["so am I"], "what the channel received");
      ok(events.closes.length === 0, "the channel closed");
    },
  }),
  defineScenario({
    id: "open:independent",
    behaviour: "channels of one transport are independent of one another",
    async run(lab) {
      const peer = await lab.peer();
      const first = await lab.open(peer.url);
      const firstRemote = await peer.nextConnection();
      const second = await lab.open(peer.url);
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

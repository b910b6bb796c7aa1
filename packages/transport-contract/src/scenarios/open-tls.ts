import { equal } from "@outsock/contract-kit";
import type { Peer, PeerScript } from "../peer.ts";
import { nextText } from "../remote.ts";
import { defineTransportScenario, type TransportScenario } from "../scenario.ts";
import type { TransportTestbed } from "../transport-testbed.ts";

/** A TLS peer, and a transport that trusts the CA behind it. */
async function peerOfOwnCa(testbed: TransportTestbed, tls: NonNullable<PeerScript["tls"]>): Promise<Peer> {
  const peer = await testbed.peer({ tls });
  if (peer.ca !== undefined) testbed.useTransport({ tls: { ca: peer.ca } });
  return peer;
}

export const openTlsScenarios: readonly TransportScenario[] = [
  defineTransportScenario({
    id: "open:tls-own-ca",
    behaviour: "open resolves if the peer's certificate is signed by a CA given in the options",
    needs: ["network", "tlsOptions"],
    async run(testbed) {
      const peer = await peerOfOwnCa(testbed, "trusted");
      const { channel, events } = await testbed.open(peer.url);
      const remote = await peer.nextConnection();
      channel.send("over TLS");
      equal(await nextText(remote), "over TLS", "what the peer received");
      channel.close(1000);
      const close = await events.closed();
      equal(close.code, 1000, "the close code");
      equal(close.clean, true, "clean");
      await remote.ended;
    },
  }),
  defineTransportScenario({
    id: "open:tls-by-name",
    behaviour: "the certificate is checked against the name in the URL",
    needs: ["network", "tlsOptions"],
    async run(testbed) {
      const peer = await peerOfOwnCa(testbed, "trusted");
      await testbed.open(peer.url.replace("127.0.0.1", "localhost"));
    },
  }),
  defineTransportScenario({
    id: "open:tls-self-signed",
    behaviour: "open rejects with TLS_FAILED if no trusted CA has signed the certificate",
    needs: ["network"],
    async run(testbed) {
      const peer = await testbed.peer({ tls: "self-signed" });
      const { error } = await testbed.failToOpen(peer.url);
      equal(error.code, testbed.openCode("TLS_FAILED"), "the code");
    },
  }),
  defineTransportScenario({
    id: "open:tls-wrong-host",
    behaviour: "open rejects with TLS_FAILED if the certificate is for another host",
    needs: ["network", "tlsOptions"],
    async run(testbed) {
      const peer = await peerOfOwnCa(testbed, "wrong-host");
      const { error } = await testbed.failToOpen(peer.url);
      equal(error.code, testbed.openCode("TLS_FAILED"), "the code");
    },
  }),
];

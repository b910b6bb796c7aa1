import { equal } from "../assert.ts";
import type { Lab } from "../lab.ts";
import type { Peer } from "../peer.ts";
import type { PeerScript } from "../peer-script.ts";
import { nextText } from "../remote.ts";
import { defineScenario, type TransportScenario } from "../scenario.ts";

/** A TLS peer, and a transport that trusts the CA behind it. */
async function peerOfOwnCa(lab: Lab, tls: NonNullable<PeerScript["tls"]>): Promise<Peer> {
  const peer = await lab.peer({ tls });
  if (peer.ca !== undefined) lab.useTransport({ tls: { ca: peer.ca } });
  return peer;
}

export const openTlsScenarios: readonly TransportScenario[] = [
  defineScenario({
    id: "open:tls-own-ca",
    behaviour: "a peer whose certificate is signed by a CA given in the options opens",
    needs: ["network", "tlsOptions"],
    async run(lab) {
      const peer = await peerOfOwnCa(lab, "trusted");
      const { channel, events } = await lab.open(peer.url);
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
  defineScenario({
    id: "open:tls-by-name",
    behaviour: "the certificate is checked against the name in the URL",
    needs: ["network", "tlsOptions"],
    async run(lab) {
      const peer = await peerOfOwnCa(lab, "trusted");
      await lab.open(peer.url.replace("127.0.0.1", "localhost"));
    },
  }),
  defineScenario({
    id: "open:tls-self-signed",
    behaviour: "a certificate that nobody trusted has signed rejects with TLS_FAILED",
    needs: ["network"],
    async run(lab) {
      const peer = await lab.peer({ tls: "self-signed" });
      const { error } = await lab.failToOpen(peer.url);
      equal(error.code, lab.openCode("TLS_FAILED"), "the code");
    },
  }),
  defineScenario({
    id: "open:tls-wrong-host",
    behaviour: "a trusted certificate for another host rejects with TLS_FAILED",
    needs: ["network", "tlsOptions"],
    async run(lab) {
      const peer = await peerOfOwnCa(lab, "wrong-host");
      const { error } = await lab.failToOpen(peer.url);
      equal(error.code, lab.openCode("TLS_FAILED"), "the code");
    },
  }),
];

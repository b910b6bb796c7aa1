import type { ChannelEvents, OpenRequest, Transport, TransportCapabilities } from "@outsock/core";
import type { Peer, PeerScript } from "@outsock/transport-contract";
import { startNodePeer } from "@outsock/transport-contract/node-peer";
import { createMemoryNetwork } from "@outsock/transport-memory";
import { onTestFinished } from "vitest";

export function requestFor(url: string, overrides: Partial<OpenRequest> = {}): OpenRequest {
  const signal = new AbortController().signal;
  return { url, protocols: [], headers: {}, maxMessageBytes: 1_000, signal, ...overrides };
}

export const silent: ChannelEvents = { message() {}, pong() {}, drain() {}, close() {} };

/** The error of a refused open. */
export function failure(
  transport: Transport,
  url: string,
  overrides?: Partial<OpenRequest>,
): Promise<unknown> {
  return transport.open(requestFor(url, overrides), silent).then(
    () => {
      throw new Error("open resolved although it had to reject");
    },
    (error: unknown) => error,
  );
}

/** A peer that is closed with the test, and its port. */
export async function startPeer(script?: PeerScript): Promise<Peer & { readonly port: string }> {
  const peer = await startNodePeer(script);
  onTestFinished(() => peer.close());
  return Object.assign(peer, { port: new URL(peer.url).port });
}

/** A transport that claims to have a network, records its requests, and dials nothing. */
export function spyTransport(
  changes: Partial<TransportCapabilities> = {},
): Transport & { readonly requests: OpenRequest[] } {
  const network = createMemoryNetwork();
  const inner = network.transport();
  const capabilities = { ...inner.capabilities, name: "spy", network: true, addressCheck: true, ...changes };
  const requests: OpenRequest[] = [];
  return {
    capabilities,
    requests,
    async open(request, events) {
      requests.push(request);
      const listener = network.listen(request.url);
      const channel = await inner.open(request, events);
      onTestFinished(() => listener.close());
      return channel;
    },
  };
}

/** Whether a guard passes a URL on to its transport. */
export async function isOpened(guard: (transport: Transport) => Transport, url: string): Promise<boolean> {
  const spy = spyTransport();
  await guard(spy)
    .open(requestFor(url), silent)
    .catch(() => {});
  return spy.requests.length > 0;
}

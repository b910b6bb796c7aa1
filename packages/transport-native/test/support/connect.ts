import type { Channel, ChannelClose, IncomingMessage, OpenRequest, Transport } from "@outsock/core";
import type { PeerConnection, PeerScript } from "@outsock/transport-contract";
import { startNodePeer } from "@outsock/transport-contract/node-peer";
import { onTestFinished } from "vitest";
import { nativeTransport } from "../../src/node/index.ts";

export interface Pair {
  readonly channel: Channel;
  readonly remote: PeerConnection;
  readonly closed: Promise<ChannelClose>;
  readonly messages: IncomingMessage[];
  readonly pongs: { count: number };
}

export function requestFor(url: string, overrides: Partial<OpenRequest> = {}): OpenRequest {
  const { signal } = new AbortController();
  return { url, protocols: [], headers: {}, maxMessageBytes: 1024 * 1024, signal, ...overrides };
}

/** Ignores all events. */
export const noEvents = { message() {}, pong() {}, drain() {}, close() {} };

export async function startPeer(script?: PeerScript): ReturnType<typeof startNodePeer> {
  const peer = await startNodePeer(script);
  onTestFinished(() => peer.close());
  return peer;
}

/** Both ends of one open connection, and what the channel reported. */
export async function connect(script?: PeerScript, transport: Transport = nativeTransport()): Promise<Pair> {
  const peer = await startPeer(script);
  const messages: IncomingMessage[] = [];
  const pongs = { count: 0 };
  let close: (close: ChannelClose) => void = () => {};
  const closed = new Promise<ChannelClose>((resolve) => {
    close = resolve;
  });
  const message = (received: IncomingMessage): void => void messages.push(received);
  const pong = (): void => {
    pongs.count += 1;
  };
  const events = { ...noEvents, message, pong, close };
  const [channel, remote] = await Promise.all([
    transport.open(requestFor(peer.url), events),
    peer.nextConnection(),
  ]);
  onTestFinished(() => channel.terminate());
  return { channel, remote, closed, messages, pongs };
}

import type { Channel, ChannelClose, ChannelEvents, OpenRequest } from "@outsock/core";
import type { Peer, PeerConnection, PeerScript } from "@outsock/transport-contract";
import { startNodePeer } from "@outsock/transport-contract/node-peer";
import { onTestFinished } from "vitest";
import { type WsTransportOptions, wsTransport } from "../../src/index.ts";

/** What a channel reported, and promises for what a test waits for. */
export interface Heard {
  readonly events: ChannelEvents;
  readonly messages: string[];
  readonly message: Promise<void>;
  readonly drained: Promise<void>;
  readonly closed: Promise<ChannelClose>;
  /** Once so many messages are there. */
  count(messages: number): Promise<void>;
  /** Runs this inside the call that delivers a message, each time. */
  atMessage(run: () => void): void;
}

interface Deferred<T> {
  readonly promise: Promise<T>;
  resolve(value: T): void;
}

export function deferred<T>(): Deferred<T> {
  let resolve: (value: T) => void = () => {};
  const promise = new Promise<T>((settle) => {
    resolve = settle;
  });
  return { promise, resolve };
}

export function listen(): Heard {
  const message = deferred<void>();
  const drained = deferred<void>();
  const closed = deferred<ChannelClose>();
  const messages: string[] = [];
  let atMessage = (): void => {};
  let next = deferred<void>();
  const events: ChannelEvents = {
    message(received) {
      messages.push(received.text());
      message.resolve();
      next.resolve();
      atMessage();
    },
    pong() {},
    drain: drained.resolve,
    close: closed.resolve,
  };
  return {
    events,
    messages,
    message: message.promise,
    drained: drained.promise,
    closed: closed.promise,
    async count(wanted) {
      while (messages.length < wanted) {
        next = deferred();
        await next.promise;
      }
    },
    atMessage(run) {
      atMessage = run;
    },
  };
}

export function requestFor(url: string, overrides: Partial<OpenRequest> = {}): OpenRequest {
  const signal = new AbortController().signal;
  return { url, protocols: [], headers: {}, maxMessageBytes: 1_000, signal, ...overrides };
}

/** A peer that is closed with the test. */
export async function startPeer(script?: PeerScript): Promise<Peer> {
  const peer = await startNodePeer(script);
  onTestFinished(() => peer.close());
  return peer;
}

export interface Connected {
  readonly url: string;
  readonly channel: Channel;
  readonly heard: Heard;
  readonly remote: PeerConnection;
}

export async function connect(
  script?: PeerScript,
  options?: WsTransportOptions,
  overrides?: Partial<OpenRequest>,
): Promise<Connected> {
  const peer = await startPeer(script);
  const heard = listen();
  const channel = await wsTransport(options).open(requestFor(peer.url, overrides), heard.events);
  onTestFinished(() => channel.terminate());
  return { url: peer.url, channel, heard, remote: await peer.nextConnection() };
}

/** What an open was refused with. */
export function failure(url: string, overrides?: Partial<OpenRequest>, options?: WsTransportOptions) {
  return wsTransport(options)
    .open(requestFor(url, overrides), listen().events)
    .then(
      () => {
        throw new Error("open resolved where it had to reject");
      },
      (error: unknown) => error,
    );
}

import type { Channel, ChannelEvents, OpenRequest, Transport } from "@outsock/core";

/** A transport that is broken on purpose, and exactly the scenarios that must fail. */
export interface Mutant {
  readonly broken: string;
  readonly fails: readonly string[];
  mutate(transport: Transport): Transport;
}

export interface Parts {
  readonly request?: (request: OpenRequest) => OpenRequest;
  readonly events?: (events: ChannelEvents) => Partial<ChannelEvents>;
  readonly channel?: (channel: Channel, events: ChannelEvents) => Partial<Channel>;
}

/** A transport with parts of its requests, events or channels replaced. */
function altered(transport: Transport, { request = (same) => same, events, channel }: Parts): Transport {
  return {
    capabilities: transport.capabilities,
    async open(asked, original) {
      const changed = { ...forwardEvents(original), ...events?.(original) };
      const opened = await transport.open(request(asked), changed);
      return channel === undefined ? opened : forwardChannel(opened, channel(opened, original));
    },
  };
}

function forwardEvents(events: ChannelEvents): ChannelEvents {
  return {
    message: (message) => events.message(message),
    pong: () => events.pong(),
    drain: () => events.drain(),
    close: (close) => events.close(close),
  };
}

function forwardChannel(channel: Channel, replaced: Partial<Channel>): Channel {
  const forwarding: Channel = {
    get protocol() {
      return channel.protocol;
    },
    get bufferedAmount() {
      return channel.bufferedAmount;
    },
    send: (message) => channel.send(message),
    ping: () => channel.ping(),
    pause: () => channel.pause(),
    resume: () => channel.resume(),
    close: (code, reason) => channel.close(code, reason),
    terminate: () => channel.terminate(),
    ref: () => channel.ref(),
    unref: () => channel.unref(),
  };
  return Object.defineProperties(forwarding, Object.getOwnPropertyDescriptors(replaced));
}

export function mutant(broken: string, fails: readonly string[], parts: Parts | (() => Parts)): Mutant {
  const partsOf = typeof parts === "function" ? parts : () => parts;
  return { broken, fails, mutate: (transport) => altered(transport, partsOf()) };
}

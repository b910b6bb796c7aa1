import type {
  Channel,
  ChannelClose,
  ChannelEvents,
  IncomingMessage,
  OpenRequest,
  Transport,
  TransportCapabilities,
} from "../../src/index.ts";
import { TransportError } from "../../src/index.ts";

/** A text message as a transport hands it over. */
export function textMessage(text: string): IncomingMessage {
  const bytes = new TextEncoder().encode(text);
  return { isText: true, byteLength: bytes.length, text: () => text, bytes: () => bytes };
}

export function bytesMessage(bytes: Uint8Array): IncomingMessage {
  return {
    isText: false,
    byteLength: bytes.length,
    text: () => new TextDecoder("utf-8", { fatal: true }).decode(bytes),
    bytes: () => bytes,
  };
}

/** One open of the puppet transport, both its ends in the test's hands. */
export class PuppetChannel implements Channel {
  protocol = "";
  bufferedAmount = 0;
  readonly request: OpenRequest;
  readonly events: ChannelEvents;
  readonly sent: (string | Uint8Array)[] = [];
  readonly calls: string[] = [];
  /** The peer answers a close at once; false: never. */
  answersClose = true;
  /** A terminate is reported at once; false: never. */
  reportsTerminate = true;
  #ended = false;

  constructor(request: OpenRequest, events: ChannelEvents) {
    this.request = request;
    this.events = events;
  }

  send(message: string | Uint8Array): void {
    if (this.#ended) throw new TransportError("CONNECTION_CLOSED", "not open");
    this.sent.push(message);
  }
  ping(): void {
    this.calls.push("ping");
  }
  pause(): void {
    this.calls.push("pause");
  }
  resume(): void {
    this.calls.push("resume");
  }
  ref(): void {
    this.calls.push("ref");
  }
  unref(): void {
    this.calls.push("unref");
  }
  close(code = 1005, reason = ""): void {
    this.calls.push(`close ${code} ${reason}`.trim());
    if (this.answersClose) this.end({ code, reason, clean: true });
  }
  terminate(): void {
    this.calls.push("terminate");
    if (this.reportsTerminate) this.end({ code: 1006, reason: "", clean: false });
  }

  /** A message from the peer, as JSON. */
  deliver(message: unknown): void {
    this.events.message(textMessage(JSON.stringify(message)));
  }
  deliverText(text: string): void {
    this.events.message(textMessage(text));
  }
  end(close: ChannelClose): void {
    if (this.#ended) return;
    this.#ended = true;
    this.events.close(close);
  }
}

export interface Puppet extends Transport {
  readonly channels: PuppetChannel[];
  readonly requests: OpenRequest[];
  /** The latest channel. */
  readonly channel: PuppetChannel;
  /** Runs before an open is answered; may throw, wait, or prepare the channel. */
  onOpen: (channel: PuppetChannel) => void | Promise<void>;
}

const everything: TransportCapabilities = {
  name: "puppet",
  network: false,
  headers: true,
  tlsOptions: false,
  failureReason: true,
  addressCheck: false,
  messageLimit: true,
  pause: true,
  ping: true,
  coalescing: false,
  drain: true,
  messagesWhileClosing: true,
  closeReachesPeer: true,
  terminate: true,
  unref: true,
};

/** A transport whose every move the test makes. */
export function puppetTransport(capabilities: Partial<TransportCapabilities> = {}): Puppet {
  const channels: PuppetChannel[] = [];
  const requests: OpenRequest[] = [];
  return {
    capabilities: { ...everything, ...capabilities },
    channels,
    requests,
    onOpen: () => {},
    get channel() {
      const channel = channels.at(-1);
      if (channel === undefined) throw new Error("nothing was opened");
      return channel;
    },
    async open(request, events) {
      requests.push(request);
      const channel = new PuppetChannel(request, events);
      channel.protocol = request.protocols[0] ?? "";
      await this.onOpen(channel);
      channels.push(channel);
      return channel;
    },
  };
}

/** An open that is never answered; its signal rejects it, as transports do. */
export function stall(channel: PuppetChannel): Promise<void> {
  const { signal } = channel.request;
  return new Promise((_, reject) => {
    signal.addEventListener("abort", () => reject(new TransportError("ABORTED", "aborted")));
  });
}

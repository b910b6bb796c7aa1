import type { TransportCapabilities } from "@outsock/core";
import { createMemoryNetwork } from "@outsock/transport-memory";
import { type NativeWebSocketConstructor, nativeTransport } from "@outsock/transport-native";
import { undiciTransport } from "@outsock/transport-undici";
import { wsTransport } from "@outsock/transport-ws";

type Capability = Exclude<keyof TransportCapabilities, "name">;

const rows: Readonly<Record<Capability, string>> = {
  network: "dials real hosts",
  headers: "sends headers with the handshake",
  tlsOptions: "own CA, client certificate, server name",
  failureReason: "distinguishes refused connections, HTTP status, TLS and protocol failures",
  addressCheck: "checks the address that is really dialled",
  messageLimit: "stops a message that is too big while it arrives",
  coalescing: "sends the messages of one tick in one write",
  drain: "reports when everything has left",
  messagesWhileClosing: "delivers messages that arrive before the peer answers a close",
  closeReachesPeer: "notifies the peer of every close",
  pause: "can hold the peer back",
  ping: "sends pings, reports pongs",
  terminate: "destroys the socket at once",
  unref: "lets the process end while a channel is open",
};

/** Never constructed: a transport knows what it can do before it dials. */
function standardWebSocket(): NativeWebSocketConstructor {
  class StandardWebSocket extends WebSocket {}
  return StandardWebSocket;
}

function columns(): Readonly<Record<string, TransportCapabilities>> {
  return {
    "`transport-ws`": wsTransport().capabilities,
    "`transport-undici`": undiciTransport().capabilities,
    "`transport-native` in Node": nativeTransport().capabilities,
    "`transport-native` in browsers, Workers": nativeTransport({ WebSocket: standardWebSocket() })
      .capabilities,
    "`transport-memory`": createMemoryNetwork().transport().capabilities,
  };
}

/** The transports and their capabilities, as a Markdown table. */
export function capabilitiesTable(): string {
  const transports = columns();
  const names = Object.keys(transports);
  const lines = [
    `| | ${names.join(" | ")} |`,
    `|---|${names.map(() => ":-:").join("|")}|`,
    ...keysOf(rows).map((capability) => row(capability, Object.values(transports))),
  ];
  return lines.map((line) => `${line}\n`).join("");
}

function row(capability: Capability, transports: readonly TransportCapabilities[]): string {
  const cells = transports.map((capabilities) => (capabilities[capability] ? "yes" : "-"));
  return `| \`${capability}\`: ${rows[capability]} | ${cells.join(" | ")} |`;
}

function keysOf<Key extends string>(record: Readonly<Record<Key, unknown>>): readonly Key[] {
  const keys: Key[] = [];
  for (const key in record) keys.push(key);
  return keys;
}

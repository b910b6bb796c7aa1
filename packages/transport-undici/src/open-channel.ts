import {
  type Channel,
  type ChannelEvents,
  type OpenRequest,
  type TlsOptions,
  TransportError,
} from "@outsock/core";
import type { Client, Dispatcher, WebSocket } from "undici";
import { Attempt } from "./attempt.ts";
import { dial } from "./dial.ts";
import { checkLiteral } from "./guarded-lookup.ts";
import { SocketGate } from "./socket-gate.ts";
import { UndiciChannel } from "./undici-channel.ts";
import { openError } from "./undici-error.ts";
import { watchHandshake } from "./watched-dispatch.ts";

/** The part of undici that is used. */
export type Undici = Pick<typeof import("undici"), "Client" | "WebSocket" | "ping">;

const notConnected = (): TransportError =>
  new TransportError(
    "CONNECT_FAILED",
    "the connection ended before the handshake was complete, or undici does not dial this port (WHATWG Fetch, bad port)",
  );

function httpAddress(request: OpenRequest): URL {
  const address = new URL(request.url.replace(/^ws/, "http"));
  if (request.allowAddress) checkLiteral(address.hostname.replace(/^\[|\]$/g, ""), request.allowAddress);
  return address;
}

/** A client of its own for each channel, so that its socket can be known and nothing of it is kept. */
function createClient(
  undici: Undici,
  request: OpenRequest,
  tls: TlsOptions | undefined,
  attempt: Attempt,
): Client {
  const { allowAddress } = request;
  const options = { ...(tls && { tls }), ...(allowAddress && { allowAddress }) };
  const client = new undici.Client(httpAddress(request).origin, {
    allowH2: false,
    headersTimeout: 0,
    bodyTimeout: 0,
    webSocket: { maxPayloadSize: request.maxMessageBytes },
    connect: (address, callback) => {
      try {
        const ready: Parameters<typeof dial>[2] = (socket) => callback(null, socket);
        attempt.socket = dial(address, options, ready, (error) => attempt.fail(error));
        attempt.socket.once("close", () => attempt.fail(notConnected()));
      } catch (error) {
        // Certificates and keys that are none are refused before anything is dialled.
        attempt.fail(openError(error, address.protocol === "https:"));
      }
    },
  });
  attempt.whenSettled(() => void client.destroy());
  return client;
}

function createWebSocket(undici: Undici, request: OpenRequest, dispatcher: Dispatcher): WebSocket {
  try {
    const { url, headers } = request;
    return new undici.WebSocket(url, {
      protocols: [...request.protocols],
      headers: { ...headers },
      dispatcher,
    });
  } catch {
    // The cause would name the address, the header or the subprotocol.
    throw new TransportError("PROTOCOL_ERROR", "undici refuses the address, a header or a subprotocol");
  }
}

function start(
  undici: Undici,
  request: OpenRequest,
  events: ChannelEvents,
  client: Client,
  attempt: Attempt,
): void {
  let gate: SocketGate | undefined;
  let channel: UndiciChannel | undefined;
  const upgraded = (): SocketGate["view"] => {
    if (attempt.socket === undefined) throw notConnected();
    gate = new SocketGate(attempt.socket, () => channel?.flushed());
    return gate.view;
  };
  const interceptor = watchHandshake({ failed: (error) => attempt.fail(error), upgraded });
  const webSocket = createWebSocket(undici, request, client.compose(interceptor));
  webSocket.binaryType = "arraybuffer";
  webSocket.addEventListener("open", () => {
    const { socket, isSettled } = attempt;
    if (isSettled || socket === undefined || gate === undefined) return;
    channel = new UndiciChannel({ webSocket, socket, gate, events, ping: undici.ping });
    attempt.succeed(channel);
  });
  webSocket.addEventListener("close", () => {
    // After a 101 undici has only the handshake's own rules left to refuse it by (RFC 6455 4.1).
    const broken = new TransportError("PROTOCOL_ERROR", "the peer's handshake is not valid");
    attempt.fail(gate === undefined ? notConnected() : broken);
  });
}

/** Opens one socket through undici's WebSocket. */
export function openChannel(
  undici: Undici,
  request: OpenRequest,
  events: ChannelEvents,
  tls: TlsOptions | undefined,
): Promise<Channel> {
  return new Promise((resolve, reject) => {
    const attempt = new Attempt(request.signal, { resolve, reject });
    try {
      start(undici, request, events, createClient(undici, request, tls, attempt), attempt);
    } catch (error) {
      attempt.fail(TransportError.is(error) ? error : notConnected());
    }
  });
}

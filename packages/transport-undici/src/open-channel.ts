import { type Channel, type ChannelEvents, type OpenRequest, TransportError } from "@outsock/core";
import {
  type Dial,
  type Dialer,
  handshakeRejected,
  openAborted,
  SocketGate,
  watchHandshake,
  withoutExtensions,
} from "@outsock/dialer";
import type { Client, Dispatcher, WebSocket } from "undici";
import { UndiciChannel } from "./undici-channel.ts";
import { headerOf, openError } from "./undici-error.ts";

/** The part of undici that is used. */
export type Undici = Pick<typeof import("undici"), "Client" | "WebSocket" | "ping">;

function notConnected(): TransportError {
  return new TransportError(
    "CONNECT_FAILED",
    "the connection ended before the handshake was complete, or undici does not dial this port (WHATWG Fetch, bad port)",
  );
}

/** One attempt to open a channel. It ends once; aborting the request fails it, and afterwards its signal is not listened to. */
interface OpenAttempt {
  /** For an attempt that succeeds. False if it has ended already. */
  end(): boolean;
  fail(error: TransportError): void;
}

/** `failed` rejects the call and leaves nothing open. */
export function startAttempt(
  signal: OpenRequest["signal"],
  failed: (error: TransportError) => void,
): OpenAttempt {
  let isOver = false;
  const attempt: OpenAttempt = {
    end() {
      const isFirst = !isOver;
      isOver = true;
      signal.removeEventListener("abort", abort);
      return isFirst;
    },
    fail(error) {
      if (attempt.end()) failed(error);
    },
  };
  const abort = (): void => attempt.fail(openAborted());
  signal.addEventListener("abort", abort);
  return attempt;
}

/** A client of its own for each channel, so that its socket can be known and nothing of it is kept. */
function createClient(undici: Undici, request: OpenRequest, dial: Dial, attempt: OpenAttempt): Client {
  const { origin } = new URL(request.url.replace(/^ws/, "http"));
  const failed = (error: unknown): void => attempt.fail(openError(error, dial.stage));
  return new undici.Client(origin, {
    allowH2: false,
    headersTimeout: 0,
    bodyTimeout: 0,
    webSocket: { maxPayloadSize: request.maxMessageBytes },
    connect: (_address, callback) => {
      try {
        const socket = dial.connect((connected) => callback(null, connected), {
          ALPNProtocols: ["http/1.1"],
        });
        socket.setNoDelay(true).on("error", failed);
        socket.once("close", () => attempt.fail(notConnected()));
      } catch (error) {
        // Certificates and keys that cannot be read are refused before anything is dialed.
        failed(error);
      }
    },
  });
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

/** Opens one socket through undici's WebSocket. */
export function openUndiciChannel(
  undici: Undici,
  dialer: Dialer,
  request: OpenRequest,
  events: ChannelEvents,
): Promise<Channel> {
  return new Promise((resolve, reject) => {
    const dial = dialer.dial(request);
    let client: Client | undefined;
    let gate: SocketGate | undefined;
    let channel: UndiciChannel | undefined;
    const attempt = startAttempt(request.signal, (error) => {
      dial.socket?.destroy();
      void client?.destroy();
      reject(error);
    });
    const upgraded = (_socket: unknown, headers: unknown): unknown => {
      if (headerOf(headers, "sec-websocket-extensions") !== undefined) {
        attempt.fail(
          new TransportError("PROTOCOL_ERROR", "the peer chose an extension that was not offered"),
        );
      }
      if (dial.socket === undefined) throw notConnected();
      gate = new SocketGate(dial.socket, () => channel?.flushed());
      return gate.view;
    };
    const refused = (status: unknown, headers: unknown): void => {
      const retryAfter = headerOf(headers, "retry-after");
      attempt.fail(
        handshakeRejected(Number(status), typeof retryAfter === "string" ? retryAfter : undefined),
      );
    };
    try {
      client = createClient(undici, request, dial, attempt);
      const dispatcher = client.compose(
        (dispatch) => (options, handler) =>
          dispatch(withoutExtensions(options), watchHandshake(handler, { refused, upgraded })),
      );
      const webSocket = createWebSocket(undici, request, dispatcher);
      webSocket.binaryType = "arraybuffer";
      webSocket.addEventListener("open", () => {
        const { socket } = dial;
        if (socket === undefined || gate === undefined || !attempt.end()) return;
        channel = new UndiciChannel({ webSocket, socket, gate, events, ping: undici.ping });
        void client?.destroy();
        resolve(channel);
      });
      webSocket.addEventListener("close", () => {
        // After a 101 undici has only the handshake's own rules left to refuse it by (RFC 6455 4.1).
        const broken = new TransportError("PROTOCOL_ERROR", "the peer's handshake is not valid");
        attempt.fail(gate === undefined ? notConnected() : broken);
      });
    } catch (error) {
      attempt.fail(TransportError.is(error) ? error : notConnected());
    }
  });
}

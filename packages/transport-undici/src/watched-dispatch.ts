import { parseRetryAfter, TransportError } from "@outsock/core";
import type { Dispatcher } from "undici";

type Headers = Readonly<Record<string, string | string[] | undefined>>;

/** What the opening handshake tells before undici's WebSocket hears it. */
export interface HandshakeWatch {
  /** The peer refused, or broke HTTP. */
  failed(error: TransportError): void;
  /** The peer switched protocols: the socket that undici shall use from now on. */
  upgraded(): Parameters<NonNullable<Dispatcher.DispatchHandler["onRequestUpgrade"]>>[3];
}

function first(value: string | string[] | undefined): string | undefined {
  return typeof value === "string" ? value : value?.[0];
}

function rejection(status: number, headers: Headers): TransportError {
  const waitMs = parseRetryAfter(first(headers["retry-after"]));
  return new TransportError("HANDSHAKE_REJECTED", `the peer answered the handshake with status ${status}`, {
    status,
    ...(waitMs !== undefined && { retryAfterMs: waitMs }),
  });
}

/** undici always offers permessage-deflate: the port wants no extension offered. */
function withoutExtensions(headers: Dispatcher.DispatchOptions["headers"]): typeof headers {
  if (typeof headers !== "object" || headers === null || Symbol.iterator in headers) return headers;
  return Object.fromEntries(
    Object.entries(headers).filter(([name]) => name.toLowerCase() !== "sec-websocket-extensions"),
  );
}

function watched(handler: Dispatcher.DispatchHandler, watch: HandshakeWatch): Dispatcher.DispatchHandler {
  return {
    onRequestStart: (controller, context) => handler.onRequestStart?.(controller, context),
    onRequestUpgrade(controller, status, headers) {
      if (headers["sec-websocket-extensions"] !== undefined) {
        watch.failed(
          new TransportError("PROTOCOL_ERROR", "the peer chose an extension that was not offered"),
        );
      }
      return handler.onRequestUpgrade?.(controller, status, headers, watch.upgraded());
    },
    onResponseStart(controller, status, headers, statusMessage) {
      // A 101 that comes this way lacks the Upgrade or the Connection header, and nothing would follow it.
      if (status === 101)
        watch.failed(new TransportError("PROTOCOL_ERROR", "the peer's 101 does not upgrade"));
      else if (status >= 200) watch.failed(rejection(status, headers));
      handler.onResponseStart?.(controller, status, headers, statusMessage);
    },
    onResponseData: (controller, chunk) => handler.onResponseData?.(controller, chunk),
    onResponseEnd: (controller, trailers) => handler.onResponseEnd?.(controller, trailers),
    onResponseError: (controller, error) => handler.onResponseError?.(controller, error),
  };
}

/** Lets `watch` see the handshake that goes through a dispatcher, and takes the extensions out of the request. */
export function watchHandshake(watch: HandshakeWatch): Dispatcher.DispatcherComposeInterceptor {
  return (dispatch) => (options, handler) =>
    dispatch({ ...options, headers: withoutExtensions(options.headers) ?? null }, watched(handler, watch));
}

import { type ChannelEvents, type OpenRequest, TransportError } from "@outsock/core";
import { type Mutant, mutant } from "./mutant.ts";

/** A transport whose failed opens are altered. */
function failing(
  broken: string,
  fails: readonly string[],
  alter: (error: TransportError) => unknown,
): Mutant {
  return {
    broken,
    fails,
    mutate: (transport) => ({
      capabilities: transport.capabilities,
      open: (request, events) =>
        transport.open(request, events).catch((error: unknown) => {
          throw TransportError.is(error) ? alter(error) : error;
        }),
    }),
  };
}

const ignoredSignal = (request: OpenRequest) => ({ ...request, signal: new AbortController().signal });

export const openMutants: readonly Mutant[] = [
  mutant("sends no headers", ["open:headers"], { request: (request) => ({ ...request, headers: {} }) }),
  mutant("drops the query", ["open:target"], {
    request: (request) => ({ ...request, url: request.url.split("?")[0] ?? "" }),
  }),
  mutant("ignores the signal", ["open:aborted-before", "open:aborted-at-once", "open:aborted-during"], {
    request: ignoredSignal,
  }),
  {
    broken: "looks at the signal before it dials and never again",
    fails: ["open:aborted-during"],
    mutate: (transport) => ({
      capabilities: transport.capabilities,
      async open(request, events) {
        await Promise.resolve();
        if (request.signal.aborted) throw new TransportError("ABORTED", "aborted");
        return transport.open(ignoredSignal(request), events);
      },
    }),
  },
  {
    broken: "lets an abort end an open channel",
    fails: ["open:aborted-after"],
    mutate: (transport) => ({
      capabilities: transport.capabilities,
      async open(request, events) {
        const channel = await transport.open(request, events);
        request.signal.addEventListener("abort", () => channel.terminate());
        return channel;
      },
    }),
  },
  {
    broken: "listens only once open has resolved",
    fails: ["close:by-peer-with-handshake", "open:greeting-with-handshake"],
    mutate: (transport) => ({
      capabilities: transport.capabilities,
      async open(request, events) {
        let late: ChannelEvents | undefined;
        const channel = await transport.open(request, {
          message: (message) => late?.message(message),
          pong: () => late?.pong(),
          drain: () => late?.drain(),
          close: (close) => events.close(close),
        });
        await new Promise((resolve) => setTimeout(resolve));
        late = events;
        return channel;
      },
    }),
  },
  mutant("reports all offered subprotocols as the chosen one", ["open:protocol-agreed"], () => {
    let offered = "";
    return {
      request(request) {
        offered = request.protocols.join();
        return request;
      },
      channel: () => ({
        get protocol() {
          return offered;
        },
      }),
    };
  }),
  failing("tells a rejection as a failed connection", ["open:rejected", "open:http-status"], (error) =>
    error.code === "HANDSHAKE_REJECTED"
      ? new TransportError("CONNECT_FAILED", error.message, {
          ...(error.status === undefined ? {} : { status: error.status }),
          ...(error.retryAfterMs === undefined ? {} : { retryAfterMs: error.retryAfterMs }),
        })
      : error,
  ),
  failing(
    "forgets status and Retry-After",
    ["open:http-status", "open:retry-after-seconds"],
    (error) => new TransportError(error.code, error.message),
  ),
  failing(
    "throws errors of its own kind",
    [
      "open:aborted-at-once",
      "open:aborted-before",
      "open:aborted-during",
      "open:http-status",
      "open:keeps-secrets",
      "open:no-event-after-rejection",
      "open:protocol-none-chosen",
      "open:protocol-not-offered",
      "open:protocol-unrequested",
      "open:refused",
      "open:rejected",
      "open:retry-after-seconds",
    ],
    (error) => new Error(error.message),
  ),
  {
    broken: "puts the URL into its errors",
    fails: ["open:keeps-secrets"],
    mutate: (transport) => ({
      capabilities: transport.capabilities,
      open: (request, events) =>
        transport.open(request, events).catch((error: TransportError) => {
          const { code, status, retryAfterMs } = error;
          throw Object.assign(new TransportError(code, `failed: ${request.url}`), { status, retryAfterMs });
        }),
    }),
  },
  {
    broken: "tells a close for an open that failed",
    fails: [
      "open:aborted-at-once",
      "open:aborted-before",
      "open:aborted-during",
      "open:no-event-after-rejection",
      "open:protocol-none-chosen",
      "open:protocol-not-offered",
      "open:protocol-unrequested",
    ],
    mutate: (transport) => ({
      capabilities: transport.capabilities,
      open: (request, events) =>
        transport.open(request, events).catch((error: unknown) => {
          events.close({ code: 1006, reason: "", clean: false });
          throw error;
        }),
    }),
  },
];

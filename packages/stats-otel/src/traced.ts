import { type Context, context, propagation } from "@opentelemetry/api";
import type { ChannelEvents, OpenRequest, Transport } from "@outsock/core";
import { checks, shape } from "@outsock/core/options";

/** The context of an operation, if its span is known. */
type ContextOf = (operationId: number) => Context | undefined;

/** The layer behind `OtelStats.traced`. */
export function tracedTransport(transport: Transport, contextOf: ContextOf): Transport {
  const problem = shape("capabilities", "open")(transport);
  if (problem !== undefined) throw new TypeError(`traced: the transport ${problem}`);
  const { headers, name } = transport.capabilities;
  return {
    capabilities: Object.freeze({ ...transport.capabilities, name: `traced(${name})` }),
    open(request, events) {
      const caller = context.active();
      const { operationId } = request;
      const own = operationId === undefined ? undefined : contextOf(operationId);
      const asked = headers ? withTraceContext(request, own ?? caller) : request;
      if (own === undefined) return transport.open(asked, events);
      // Spans that other instrumentation creates while it dials, for HTTP or DNS, are children of the operation's.
      return context.with(own, () => transport.open(asked, boundTo(caller, events)));
    },
  };
}

/**
 * A socket emits its events in the context in which it was created, all its life: what is done in them is not part of the operation
 * that dialled.
 */
function boundTo(caller: Context, events: ChannelEvents): ChannelEvents {
  return {
    message: (message) => context.with(caller, events.message, events, message),
    pong: () => context.with(caller, events.pong, events),
    drain: () => context.with(caller, events.drain, events),
    close: (close) => context.with(caller, events.close, events, close),
  };
}

function withTraceContext(request: OpenRequest, from: Context): OpenRequest {
  const injected = inject(from);
  const given = new Set(Object.keys(request.headers).map((name) => name.toLowerCase()));
  // A tracestate belongs to its traceparent (W3C Trace Context, 3.3): never ours with the traceparent of another trace.
  if (given.has("traceparent")) given.add("tracestate");
  const added = Object.entries(injected).filter(([name]) => !given.has(name.toLowerCase()));
  if (added.length === 0) return request;
  return { ...request, headers: { ...Object.fromEntries(added), ...request.headers } };
}

/** No headers without a propagator, or if it throws or creates invalid headers: tracing must not prevent a connection. */
function inject(from: Context): Readonly<Record<string, string>> {
  const carrier: Record<string, string> = {};
  try {
    propagation.inject(from, carrier);
  } catch {
    return {};
  }
  return checks.headers(carrier) === undefined ? carrier : {};
}

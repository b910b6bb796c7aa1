/** Sees the opening handshake before undici's WebSocket does. */
export interface HandshakeWatch {
  /** The request can be aborted from now on. */
  started?(abort: () => void): void;
  /** The peer's response is no upgrade. The WebSocket does not get to see it. */
  refused(status: unknown, headers: unknown): void;
  /** The peer switched protocols. Returns what the WebSocket is to use as its socket. */
  upgraded(socket: unknown, headers: unknown): unknown;
}

type Arguments = readonly unknown[];
/** Returns the arguments to pass on, or nothing to keep the call from the handler. */
type Step = (values: Arguments) => Arguments | undefined;

const success = 200;
const switchingProtocols = 101;

function abortWith(abort: unknown, owner: unknown): () => void {
  return () => {
    if (typeof abort === "function") Reflect.apply(abort, owner, [new Error("the attempt is over")]);
  };
}

/** undici's two handler interfaces have the same steps under different names and in different orders. */
function stepsFor(watch: HandshakeWatch): Readonly<Record<string | symbol, Step>> {
  const answered = (status: unknown, headers: unknown, values: Arguments): Arguments | undefined => {
    // Interim responses are followed by the final one (RFC 9110 15.2).
    const isInterim = typeof status === "number" && status < success && status !== switchingProtocols;
    if (isInterim) return values;
    watch.refused(status, headers);
    return undefined;
  };
  const upgraded: Step = (values) => values.with(-1, watch.upgraded(values.at(-1), values.at(-2)));
  return {
    onConnect(values) {
      watch.started?.(abortWith(values[0], undefined));
      return values;
    },
    onRequestStart(values) {
      const [controller] = values;
      if (typeof controller === "object" && controller !== null && "abort" in controller) {
        watch.started?.(abortWith(controller.abort, controller));
      }
      return values;
    },
    onHeaders: (values) => answered(values[0], values[1], values),
    onResponseStart: (values) => answered(values[1], values[2], values),
    onUpgrade: upgraded,
    onRequestUpgrade: upgraded,
  };
}

/** Lets `watch` see the calls that undici makes to a handler. */
export function watchHandshake<Handler extends object>(handler: Handler, watch: HandshakeWatch): Handler {
  const steps = stepsFor(watch);
  return new Proxy(handler, {
    get(target, key) {
      const value: unknown = Reflect.get(target, key, target);
      const step = Object.hasOwn(steps, key) ? steps[key] : undefined;
      if (step === undefined || typeof value !== "function") return value;
      return (...values: unknown[]): unknown => {
        const passed = step(values);
        return passed && Reflect.apply(value, target, passed);
      };
    },
  });
}

/** undici always offers permessage-deflate; the port wants no extension offered. */
export function withoutExtensions<Options extends object>(options: Options): Options {
  const headers: unknown = "headers" in options ? options.headers : undefined;
  if (typeof headers !== "object" || headers === null || Symbol.iterator in headers) return options;
  const kept = Object.entries(headers).filter(([name]) => name.toLowerCase() !== "sec-websocket-extensions");
  return { ...options, headers: Object.fromEntries(kept) };
}

/** What the opening handshake tells before Node's WebSocket hears it. */
export interface HandshakeWatch {
  /** The request can be aborted from now on. */
  started(abort: () => void): void;
  /** The peer's answer is no upgrade. */
  refused(): void;
  /** The peer switched protocols: gives what the WebSocket shall take for the socket. */
  upgraded(socket: unknown): unknown;
}

type Values = readonly unknown[];
/** Gives the values to pass on, or nothing where the handler shall not hear of it. */
type Step = (values: Values) => Values | undefined;

const SUCCESS = 200;
const SWITCHING_PROTOCOLS = 101;

function abortWith(abort: unknown, owner: unknown): () => void {
  return () => {
    if (typeof abort === "function") Reflect.apply(abort, owner, [new Error("the attempt is over")]);
  };
}

/** The two interfaces of undici's handlers have different names and orders for the same. */
function stepsFor(watch: HandshakeWatch): Readonly<Record<string | symbol, Step>> {
  const answered = (status: unknown, values: Values): Values | undefined => {
    // Interim answers are followed by the one that counts (RFC 9110 15.2).
    const isInterim = typeof status === "number" && status < SUCCESS && status !== SWITCHING_PROTOCOLS;
    if (isInterim) return values;
    watch.refused();
    return undefined;
  };
  const upgraded: Step = (values) => values.with(-1, watch.upgraded(values.at(-1)));
  return {
    onConnect(values) {
      watch.started(abortWith(values[0], undefined));
      return values;
    },
    onRequestStart(values) {
      const [controller] = values;
      if (typeof controller === "object" && controller !== null && "abort" in controller) {
        watch.started(abortWith(controller.abort, controller));
      }
      return values;
    },
    onHeaders: (values) => answered(values[0], values),
    onResponseStart: (values) => answered(values[1], values),
    onUpgrade: upgraded,
    onRequestUpgrade: upgraded,
  };
}

/** Lets `watch` see what undici tells a handler. The handler itself is passed on without being understood. */
export function watchedHandler(handler: object, watch: HandshakeWatch): object {
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

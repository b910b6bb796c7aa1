import {
  type Channel,
  type ChannelEvents,
  type OpenRequest,
  type Transport,
  type TransportCapabilities,
  TransportError,
} from "@outsock/core";
import { shape } from "@outsock/core/options";
import type { GracefulClose } from "./graceful-close.ts";
import { IdleEvictor } from "./idle-connections.ts";
import { KeyPool, poolDisposed } from "./key-pool.ts";
import type { PoolContext } from "./pool-context.ts";
import { type PoolOptions, type PoolSettings, resolvePoolSettings } from "./pool-options.ts";
import { PoolCounters, type PoolStats } from "./pool-stats.ts";
import { UnsolicitedKeys } from "./unsolicited-keys.ts";

/** A transport that keeps closed connections open, and reuses them for later opens of the same address. */
export interface PooledTransport extends Transport, AsyncDisposable {
  getStats(): PoolStats;
  /**
   * Closes the idle connections, and waits for their peers for at most `closeTimeoutMs`. Connections in use stay open; they
   * end when their users close them. From now on `open` rejects with DISPOSED.
   */
  dispose(): Promise<void>;
}

/**
 * Keeps connections warm: closing a channel gives its connection back, and opening the same URL with the same headers,
 * subprotocols and message limit takes it again. One pool is for one transport, and so for one set of TLS credentials.
 *
 * A connection is reused only when each message sent has had one reply, and nothing else came. So the pool is for servers that
 * answer: with one that greets or pushes, each connection is used once. What a peer has learnt from messages, a login for
 * instance, stays with the connection; close it with a code of your own if nobody else may use it.
 *
 * @throws TypeError for an unknown option or one of the wrong type.
 *
 * @example
 * const pool = pooled(wsTransport());
 * const manager = createWebSocketManager({ transport: pool });
 */
export function pooled(transport: Transport, options: PoolOptions = {}): PooledTransport {
  const problem = shape("capabilities", "open")(transport);
  if (problem !== undefined) throw new TypeError(`pooled: the transport ${problem}`);
  return new Pool(transport, resolvePoolSettings(options));
}

/** The pools of all keys, and what they share. */
class Pool implements PooledTransport, PoolContext {
  readonly capabilities: TransportCapabilities;
  readonly transport: Transport;
  readonly settings: PoolSettings;
  readonly counters: PoolCounters = new PoolCounters();
  readonly unsolicitedKeys: UnsolicitedKeys;
  readonly #evictor: IdleEvictor;
  readonly #keys: RequestKeys = new RequestKeys();
  readonly #keyPools: Map<string, KeyPool> = new Map();
  readonly #closes: Set<GracefulClose> = new Set();
  #isDisposed = false;
  #disposal: Promise<void> | undefined;

  constructor(transport: Transport, settings: PoolSettings) {
    const { name } = transport.capabilities;
    this.capabilities = Object.freeze({
      ...transport.capabilities,
      name: `pooled(${name})`,
      closeReachesPeer: false,
    });
    this.transport = transport;
    this.settings = settings;
    this.unsolicitedKeys = new UnsolicitedKeys(settings.maxAgeMs);
    this.#evictor = new IdleEvictor(settings);
  }

  get isDisposed(): boolean {
    return this.#isDisposed;
  }

  async open(request: OpenRequest, events: ChannelEvents): Promise<Channel> {
    if (this.#isDisposed) throw poolDisposed();
    if (request.signal.aborted) throw new TransportError("ABORTED", "the attempt was aborted");
    // Copies: what is dialled has to match the key even if the caller changes its objects.
    const { headers, protocols } = request;
    const own = { ...request, headers: { ...headers }, protocols: [...protocols] };
    return this.#keyPoolFor(own).acquire(own, events);
  }

  getStats(): PoolStats {
    const keyPools = [...this.#keyPools.values()];
    const probing = keyPools.reduce((sum, keyPool) => sum + keyPool.probing, 0);
    return this.counters.snapshot(this.#evictor.size + probing, keyPools.length);
  }

  dispose(): Promise<void> {
    this.#disposal ??= this.#dispose();
    return this.#disposal;
  }

  [Symbol.asyncDispose](): Promise<void> {
    return this.dispose();
  }

  trackClose(close: GracefulClose): void {
    this.#closes.add(close);
    void close.done.then(() => this.#closes.delete(close));
  }

  async #dispose(): Promise<void> {
    this.#isDisposed = true;
    this.#evictor.stop();
    for (const keyPool of [...this.#keyPools.values()]) keyPool.dispose();
    await Promise.all([...this.#closes].map((close) => close.wait()));
  }

  #keyPoolFor(request: OpenRequest): KeyPool {
    const key = this.#keys.keyOf(request);
    const known = this.#keyPools.get(key);
    if (known !== undefined) return known;
    const keyPool = new KeyPool(key, this, this.#evictor, () => {
      if (this.#keyPools.get(key) === keyPool) this.#keyPools.delete(key);
    });
    this.#keyPools.set(key, keyPool);
    return keyPool;
  }
}

type AllowAddress = NonNullable<OpenRequest["allowAddress"]>;

/** Gives requests that may share connections the same key. */
class RequestKeys {
  readonly #rules: WeakMap<AllowAddress, number> = new WeakMap();
  #ruleCount = 0;

  /**
   * Everything that the handshake carries, and what was asked of the connection: its message limit, and the rule that its
   * address was checked by. TLS credentials belong to the transport below.
   */
  keyOf({ url, headers, protocols, maxMessageBytes, allowAddress }: OpenRequest): string {
    const named = Object.entries(headers).map(([name, value]) => [name.toLowerCase(), value]);
    named.sort(([a = ""], [b = ""]) => (a < b ? -1 : 1));
    return JSON.stringify([url, named, protocols, maxMessageBytes, this.#ruleNumber(allowAddress)]);
  }

  #ruleNumber(allowAddress: AllowAddress | undefined): number {
    if (allowAddress === undefined) return 0;
    const known = this.#rules.get(allowAddress);
    if (known !== undefined) return known;
    this.#ruleCount += 1;
    this.#rules.set(allowAddress, this.#ruleCount);
    return this.#ruleCount;
  }
}

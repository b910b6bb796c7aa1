import { OutsockError } from "@outsock/core";
import { Expiry } from "@outsock/core/foundation";
import type { SessionContext } from "../context.ts";
import type { HandshakeOutcome } from "../protocol.ts";
import { handshakeError } from "./connect-error.ts";
import { dial } from "./dial.ts";
import { Leg } from "./session-connection.ts";
import type { LegHost } from "./session-connection-host.ts";
import { untilAborted } from "./until-aborted.ts";

export interface OpeningRequest {
  readonly number: number;
  readonly attempt: number;
  /** Instead of the session's. */
  readonly url: string | undefined;
}

export interface OpeningHost extends LegHost {
  opened(leg: Leg, outcome: HandshakeOutcome, correlationId: string): void;
  failed(number: number, error: OutsockError): void;
}

/** One attempt: dials, runs the protocol's handshake, and answers with a connection that can serve, or with why not. */
export class Opening {
  readonly #context: SessionContext;
  readonly #host: OpeningHost;
  readonly #request: OpeningRequest;
  readonly #abortion: AbortController = new AbortController();
  #over = false;

  constructor(context: SessionContext, host: OpeningHost, request: OpeningRequest) {
    this.#context = context;
    this.#host = host;
    this.#request = request;
    void this.#run();
  }

  /** The host does not hear of it any more. */
  abandon(): void {
    this.#over = true;
    this.#abortion.abort();
  }

  async #run(): Promise<void> {
    const { number, attempt, url } = this.#request;
    const dialled = await dial(this.#context, attempt, url, this.#abortion);
    if (!dialled.ok) {
      this.#fail(dialled.error);
      return;
    }
    const link = this.#context.foundation.link(dialled.connection);
    const leg = new Leg(this.#context, this.#host, number, link);
    link.listen(leg);
    try {
      const outcome = await this.#handshake(leg);
      if (leg.gone) await leg.handshake?.ended;
      if (this.#over) return await leg.terminate();
      this.#over = true;
      this.#host.opened(leg, outcome ?? {}, dialled.correlationId);
    } catch (thrown) {
      await leg.terminate();
      this.#fail(handshakeError(this.#context, leg.url, thrown));
    }
  }

  async #handshake(leg: Leg): Promise<HandshakeOutcome | undefined> {
    const { foundation, settings } = this.#context;
    const { protocol, handshakeTimeoutMs } = settings;
    const line = leg.handshake;
    if (line === undefined || (protocol.handshake === undefined && !leg.gone)) return undefined;
    const deadline = new Expiry(() => this.#abortion.abort(this.#tooSlow(leg.url)));
    foundation.deadlines.add(deadline, foundation.clock.now() + handshakeTimeoutMs);
    try {
      const work = async (): Promise<HandshakeOutcome | undefined> => protocol.handshake?.(line);
      return await untilAborted(this.#abortion.signal, () => Promise.race([work(), line.ended]));
    } finally {
      foundation.deadlines.remove(deadline);
    }
  }

  #tooSlow(url: string): OutsockError {
    const { id, settings } = this.#context;
    const message = `The handshake of the protocol ${settings.protocol.name} took longer than ${settings.handshakeTimeoutMs} ms`;
    return new OutsockError("CONNECT_TIMEOUT", message, {
      phase: "connect",
      sent: "no",
      correlationId: id,
      url,
    });
  }

  #fail(error: OutsockError): void {
    if (this.#over) return;
    this.#over = true;
    this.#host.failed(this.#request.number, error);
  }
}

import { OutsockError } from "@outsock/core";
import { Expiry } from "@outsock/core/internal";
import type { SessionContext } from "../context.ts";
import type { HandshakeOutcome } from "../protocol.ts";
import { handshakeError } from "./connect-error.ts";
import { openConnection } from "./open-connection.ts";
import { SessionConnection } from "./session-connection.ts";
import type { SessionConnectionHost } from "./session-connection-host.ts";
import { untilAborted } from "./until-aborted.ts";

export interface AttemptRequest {
  readonly number: number;
  readonly attempt: number;
  /** Instead of the session's. */
  readonly url: string | undefined;
}

export interface AttemptHost extends SessionConnectionHost {
  opened(connection: SessionConnection, outcome: HandshakeOutcome, correlationId: string): void;
  failed(number: number, error: OutsockError): void;
}

/** One attempt: dials, runs the protocol's handshake, and answers with a connection that can serve, or with why not. */
export class ConnectionAttempt {
  readonly #context: SessionContext;
  readonly #host: AttemptHost;
  readonly #request: AttemptRequest;
  readonly #abortion: AbortController = new AbortController();
  #over = false;

  constructor(context: SessionContext, host: AttemptHost, request: AttemptRequest) {
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
    const opened = await openConnection(this.#context, attempt, url, this.#abortion);
    if (!opened.ok) {
      this.#fail(opened.error);
      return;
    }
    const stream = this.#context.internals.messageStream(opened.connection);
    const connection = new SessionConnection(this.#context, this.#host, number, stream);
    stream.listen(connection);
    try {
      const outcome = await this.#handshake(connection);
      if (connection.gone) await connection.handshake?.ended;
      if (this.#over) return await connection.terminate();
      this.#over = true;
      this.#host.opened(connection, outcome ?? {}, opened.correlationId);
    } catch (thrown) {
      await connection.terminate();
      this.#fail(handshakeError(this.#context, connection.url, thrown));
    }
  }

  async #handshake(connection: SessionConnection): Promise<HandshakeOutcome | undefined> {
    const { internals, settings } = this.#context;
    const { protocol, handshakeTimeoutMs } = settings;
    const line = connection.handshake;
    if (line === undefined || (protocol.handshake === undefined && !connection.gone)) return undefined;
    const deadline = new Expiry(() => this.#abortion.abort(this.#tooSlow(connection.url)));
    internals.deadlines.add(deadline, internals.clock.now() + handshakeTimeoutMs);
    try {
      const work = async (): Promise<HandshakeOutcome | undefined> => protocol.handshake?.(line);
      return await untilAborted(this.#abortion.signal, () => Promise.race([work(), line.ended]));
    } finally {
      internals.deadlines.remove(deadline);
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

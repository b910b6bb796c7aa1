import type { IncomingMessage } from "node:http";
import type { Socket } from "node:net";
import { systemClock } from "@outsock/core";
import {
  type Compare,
  entryPayload,
  Player,
  type Tape,
  type TapeChannel,
  type TapeParting,
} from "@outsock/transport-tape";
import type { RawData, VerifyClientCallbackAsync, WebSocket } from "ws";
import { isCloseCode } from "../options/parsers.ts";

/** A tape and how to serve it. */
export interface ServedTape {
  readonly tape: Tape;
  readonly compare: Compare;
  readonly speed: number | undefined;
}

/** The answer to a client if the tape has a failure without an HTTP status. */
const badGateway = 502;

/** RFC 6455 section 5.5. */
const longestReason = 123;

/** RFC 6455 section 7.4.1: a message that violates the policy. */
const policyViolation = 1008;

/** Plays the server side of a tape. Each client gets the next channel; after the last, the first again. */
export class TapeServer {
  readonly #served: ServedTape;
  readonly #say: (line: string) => void;
  readonly #channels: WeakMap<IncomingMessage, TapeChannel> = new WeakMap();
  readonly #stalled: Set<Socket> = new Set();
  #count = 0;

  constructor(served: ServedTape, say: (line: string) => void) {
    this.#served = served;
    this.#say = say;
  }

  /** Rejects the handshakes that were rejected on the tape. */
  readonly verifyClient: VerifyClientCallbackAsync = ({ req }, answer) => {
    const { channels } = this.#served.tape;
    const channel = channels[this.#count % channels.length];
    this.#count += 1;
    const outcome = channel?.outcome;
    if (
      channel !== undefined &&
      (outcome === undefined || (outcome.type === "failed" && outcome.code === "ABORTED"))
    ) {
      // The client gave up before the server answered.
      this.#say("not answered, as on the tape");
      this.#stalled.add(req.socket);
      req.socket.once("close", () => this.#stalled.delete(req.socket));
      return;
    }
    if (channel === undefined || outcome?.type === "failed") {
      const { status = badGateway, retryAfterMs } = outcome?.type === "failed" ? outcome : {};
      this.#say(`rejected with ${status}, as on the tape`);
      const seconds = retryAfterMs === undefined ? undefined : Math.ceil(retryAfterMs / 1_000);
      return answer(
        false,
        status,
        undefined,
        seconds === undefined ? {} : { "Retry-After": String(seconds) },
      );
    }
    this.#channels.set(req, channel);
    answer(true);
  };

  /** The subprotocol on the tape, if the client offers it. */
  readonly handleProtocols = (offered: Set<string>, request: IncomingMessage): string | false => {
    const outcome = this.#channels.get(request)?.outcome;
    if (outcome?.type !== "opened") return false;
    if (offered.has(outcome.protocol)) return outcome.protocol;
    const [first = false] = outcome.protocol.includes("***") ? offered : [];
    return first;
  };

  /** Disconnects clients whose handshake is never answered. */
  stop(): void {
    for (const socket of this.#stalled) socket.destroy();
  }

  serve(client: WebSocket, request: IncomingMessage, number: number): void {
    const channel = this.#channels.get(request);
    if (channel === undefined) return client.terminate();
    const log = (what: string): void => this.#say(`connection ${number} ${what}`);
    const player = this.#playerFor(client, channel);
    const onMismatch = (parting: TapeParting | undefined): void => {
      if (parting === undefined) return;
      log(`differs from the tape: ${placeOf(parting)}`);
      player.stop();
      client.close(policyViolation, "differs from the tape");
    };
    log(`opened: channel ${channel.number} of the tape`);
    client.on("message", (data, binary) => onMismatch(player.sent(payloadFrom(data, binary))));
    client.on("error", (error) => log(`failed: ${error.message}`));
    client.on("close", (code) => {
      const { parting } = player.ended(
        code === 1006 ? "terminated" : "closing",
        code === 1005 ? undefined : code,
      );
      log(
        `closed with ${code}${parting === undefined ? "" : `, before the end of the tape: ${placeOf(parting)}`}`,
      );
      player.stop();
    });
    player.play();
  }

  #playerFor(client: WebSocket, channel: TapeChannel): Player {
    const { tape, compare, speed } = this.#served;
    const events = {
      message: (entry: Parameters<typeof entryPayload>[0]) => client.send(entryPayload(entry)),
      close: ({ code, reason }: { code: number; reason: string }) => hangUp(client, code, reason),
    };
    return new Player(tape, channel, events, { compare, clock: systemClock, speed });
  }
}

/** Ends the connection as on the tape: with a Close frame if the code may be sent (RFC 6455 section 7.4.1). */
function hangUp(client: WebSocket, code: number, reason: string): void {
  if (code === 1005) return client.close();
  const isSendable = isCloseCode(code) && Buffer.byteLength(reason) <= longestReason;
  if (isSendable) client.close(code, reason);
  else client.terminate();
}

function payloadFrom(data: RawData, binary: boolean): string | Uint8Array {
  const bytes = Array.isArray(data) ? Buffer.concat(data) : Buffer.from(new Uint8Array(data));
  return binary ? bytes : bytes.toString();
}

/** The place only: contents are never logged. */
function placeOf({ file, line, difference }: TapeParting): string {
  return `${file}, line ${line}${difference === undefined ? "" : `, at ${difference.at}`}`;
}

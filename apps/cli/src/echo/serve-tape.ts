import type { IncomingMessage } from "node:http";
import type { Socket } from "node:net";
import { systemClock } from "@outsock/core";
import {
  type Compare,
  Player,
  payloadOf,
  type Tape,
  type TapeChannel,
  type TapeParting,
} from "@outsock/transport-tape";
import type { RawData, VerifyClientCallbackAsync, WebSocket } from "ws";
import { isCloseCode } from "../options/parsers.ts";

/** What a tape is served with. */
export interface ServedTape {
  readonly tape: Tape;
  readonly compare: Compare;
  readonly speed: number | undefined;
}

/** What a client is answered that a tape has no HTTP status for. */
const badGateway = 502;

/** RFC 6455 section 5.5. */
const longestReason = 123;

/** RFC 6455 section 7.4.1: something that violates a policy. */
const policyViolation = 1008;

/** Plays the peer's part of a tape: to every client the next channel, and after the last the first again. */
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

  /** Refuses those that were refused. */
  readonly verifyClient: VerifyClientCallbackAsync = ({ req }, answer) => {
    const { channels } = this.#served.tape;
    const channel = channels[this.#count % channels.length];
    this.#count += 1;
    const outcome = channel?.outcome;
    if (
      channel !== undefined &&
      (outcome === undefined || (outcome.type === "failed" && outcome.code === "ABORTED"))
    ) {
      // Whoever dialled gave up before there was an answer.
      this.#say("not answered, as on the tape");
      this.#stalled.add(req.socket);
      req.socket.once("close", () => this.#stalled.delete(req.socket));
      return;
    }
    if (channel === undefined || outcome?.type === "failed") {
      const { status = badGateway, retryAfterMs } = outcome?.type === "failed" ? outcome : {};
      this.#say(`refused with ${status}, as on the tape`);
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

  /** The subprotocol of the tape, where the client offers it. */
  readonly handleProtocols = (offered: Set<string>, request: IncomingMessage): string | false => {
    const outcome = this.#channels.get(request)?.outcome;
    if (outcome?.type !== "opened") return false;
    if (offered.has(outcome.protocol)) return outcome.protocol;
    const [first = false] = outcome.protocol.includes("***") ? offered : [];
    return first;
  };

  /** Ends those who wait for an answer that does not come. */
  stop(): void {
    for (const socket of this.#stalled) socket.destroy();
  }

  serve(client: WebSocket, request: IncomingMessage, number: number): void {
    const channel = this.#channels.get(request);
    if (channel === undefined) return client.terminate();
    const tell = (what: string): void => this.#say(`connection ${number} ${what}`);
    const player = this.#playerFor(client, channel);
    const part = (parting: TapeParting | undefined): void => {
      if (parting === undefined) return;
      tell(`parts from the tape: ${placeOf(parting)}`);
      player.stop();
      client.close(policyViolation, "not as on the tape");
    };
    tell(`opened: channel ${channel.number} of the tape`);
    client.on("message", (data, binary) => part(player.sent(payloadFrom(data, binary))));
    client.on("error", (error) => tell(`failed: ${error.message}`));
    client.on("close", (code) => {
      const { parting } = player.ended(
        code === 1006 ? "terminated" : "closing",
        code === 1005 ? undefined : code,
      );
      tell(
        `closed with ${code}${parting === undefined ? "" : `, where the tape goes on: ${placeOf(parting)}`}`,
      );
      player.stop();
    });
    player.play();
  }

  #playerFor(client: WebSocket, channel: TapeChannel): Player {
    const { tape, compare, speed } = this.#served;
    const events = {
      message: (entry: Parameters<typeof payloadOf>[0]) => client.send(payloadOf(entry)),
      close: ({ code, reason }: { code: number; reason: string }) => hangUp(client, code, reason),
    };
    return new Player(tape, channel, events, { compare, clock: systemClock, speed });
  }
}

/** What was told of an end, as a Close frame where there was one (RFC 6455 section 7.4.1). */
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

/** Where, and not what: contents are not told. */
function placeOf({ file, line, difference }: TapeParting): string {
  return `${file}, line ${line}${difference === undefined ? "" : `, at ${difference.at}`}`;
}

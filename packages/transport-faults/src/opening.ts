import {
  type Channel,
  type ChannelEvents,
  type Clock,
  type OpenRequest,
  type Transport,
  TransportError,
} from "@outsock/core";
import { type Hit, type Rule, Tally } from "./decide.ts";
import { FaultyChannel } from "./faulty-channel.ts";
import { Inbound } from "./inbound.ts";
import { Link } from "./link.ts";
import { drawn } from "./packets.ts";
import type { Reporter } from "./report.ts";
import { isEnding, type Refuse } from "./script.ts";

export interface Opening {
  readonly transport: Transport;
  readonly rules: readonly Rule[];
  readonly seed: number;
  readonly clock: Clock;
  /** Which open it is, counted from 1. */
  readonly channel: number;
  /** The rules that hit the open itself. */
  readonly hits: readonly Hit[];
  readonly report: Reporter;
}

/** Runs one open as the script has it. */
export async function openFaulty(
  opening: Opening,
  request: OpenRequest,
  events: ChannelEvents,
): Promise<Channel> {
  const { transport, rules, seed, clock, channel, hits, report } = opening;
  await meetOpenFaults(opening, request.signal);
  const link = new Link(events, transport.capabilities, clock);
  let endDelayMs = 0;
  for (const hit of hits) {
    const { fault } = hit.rule;
    if (isEnding(fault)) {
      report(hit, "open");
      link.meet(fault, link.inbound);
    } else if (fault.fault === "slow-close") {
      const delayMs = drawn(fault.ms, hit.dice);
      report(hit, "open", delayMs);
      endDelayMs += delayMs;
    }
  }
  const { maxMessageBytes } = request;
  const shared = { link, channel, report };
  const tallyIn = new Tally(rules, seed, "in");
  const inbound = new Inbound({ ...shared, tally: tallyIn, maxMessageBytes, endDelayMs });
  try {
    const inner = await transport.open(request, inbound);
    const faulty = new FaultyChannel(inner, { ...shared, tally: new Tally(rules, seed, "out") });
    link.attach(inner);
    return faulty;
  } catch (error) {
    link.discard();
    throw error;
  }
}

/** Rejects where the script refuses the open, or where it is aborted before anyone was dialled. */
async function meetOpenFaults({ clock, hits, report }: Opening, signal: AbortSignal): Promise<void> {
  for (const hit of hits) {
    const { fault } = hit.rule;
    if (fault.fault !== "slow-open" && fault.fault !== "refuse" && fault.fault !== "stall") continue;
    if (signal.aborted) throw aborted();
    if (fault.fault === "slow-open") {
      const delayMs = drawn(fault.ms, hit.dice);
      report(hit, "open", delayMs);
      await passed(clock, delayMs, signal);
    } else {
      report(hit, "open");
      if (fault.fault === "refuse") throw refused(fault);
      await passed(clock, undefined, signal);
    }
  }
}

/** Resolves after `delayMs`, if any, and rejects with ABORTED when the signal is aborted before. */
function passed(clock: Clock, delayMs: number | undefined, signal: AbortSignal): Promise<void> {
  return new Promise((resolve, reject) => {
    const abort = (): void => {
      timer?.cancel();
      reject(aborted());
    };
    const done = (): void => {
      signal.removeEventListener("abort", abort);
      resolve();
    };
    const timer = delayMs === undefined ? undefined : clock.schedule(delayMs, done);
    signal.addEventListener("abort", abort, { once: true });
  });
}

function aborted(): TransportError {
  return new TransportError("ABORTED", "opening was aborted");
}

function refused({ code, status, retryAfterMs }: Refuse): TransportError {
  return new TransportError(
    code ?? (status === undefined ? "CONNECT_FAILED" : "HANDSHAKE_REJECTED"),
    "the fault script refused the connection",
    { ...(status === undefined ? {} : { status }), ...(retryAfterMs === undefined ? {} : { retryAfterMs }) },
  );
}

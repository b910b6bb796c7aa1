import type { WebSocketManager } from "@outsock/core";
import type { ManagerInternals } from "@outsock/core/internal";
import type { Emitter } from "./emitter.ts";
import type { SessionSettings } from "./options/settings.ts";
import type { MessageId } from "./protocol.ts";
import type { SessionStats } from "./session.ts";

export type SessionCounters = { -readonly [Name in keyof SessionStats]: SessionStats[Name] };

/** What the parts of one session share. */
export interface SessionContext {
  readonly manager: WebSocketManager;
  readonly internals: ManagerInternals;
  readonly settings: SessionSettings;
  readonly emitter: Emitter;
  readonly counters: SessionCounters;
  /** For errors that belong to no operation. */
  readonly id: string;
  /** What the protocol keeps for the next handshake. */
  resume: unknown;
  nextId(): MessageId;
}

export function zeroCounters(): SessionCounters {
  return {
    callsCount: 0,
    repliesCount: 0,
    lateRepliesCount: 0,
    unknownRepliesCount: 0,
    unreadableCount: 0,
    resentCount: 0,
    connectionsCount: 0,
    rotationsCount: 0,
    eventsCount: 0,
    inFlight: 0,
    queued: 0,
    subscriptions: 0,
  };
}

import type { CloseFailure } from "@outsock/core/internal";
import type { Topic } from "../protocol.ts";
import type { SessionConnection } from "./session-connection.ts";

/** Who hears what a connection of the session comes to. */
export interface SessionConnectionHost {
  /** An answer came, so another call may go out. */
  freed(): void;
  /** It has no calls left. */
  idle(connection: SessionConnection): void;
  lost(connection: SessionConnection, failure: CloseFailure): void;
  goAway(connection: SessionConnection, url: string | undefined): void;
  slowDown(retryAfterMs: number): void;
  /** An event that no subscription took. */
  unclaimed(topic: Topic, data: unknown): void;
}

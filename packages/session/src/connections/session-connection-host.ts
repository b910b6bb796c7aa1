import type { Ending } from "@outsock/core/foundation";
import type { Topic } from "../protocol.ts";
import type { Leg } from "./session-connection.ts";

/** Who hears what a connection of the session comes to. */
export interface LegHost {
  /** An answer came, so another call may go out. */
  freed(): void;
  /** It has no calls left. */
  idle(leg: Leg): void;
  lost(leg: Leg, ending: Ending): void;
  goAway(leg: Leg, url: string | undefined): void;
  slowDown(retryAfterMs: number): void;
  /** An event that no subscription took. */
  unclaimed(topic: Topic, data: unknown): void;
}

import { createWebSocketManager, type ManagerOptions, type WebSocketManager } from "@outsock/core";
import { type ManualClock, manualClock } from "@outsock/core/testing";
import { type ReplayedTransport, type ReplayOptions, replayed } from "../../src/index.ts";
import { tapeOf } from "./tapes.ts";
import { openUser, type User } from "./user.ts";

export interface Replayer {
  readonly clock: ManualClock;
  readonly replay: ReplayedTransport;
  readonly manager: WebSocketManager;
  open(
    ...parameters: Parameters<typeof openUser> extends [unknown, ...infer Rest] ? Rest : never
  ): Promise<User>;
}

/** Replays a tape with these lines; a string is the path of a tape. */
export function replayer(
  lines: readonly object[] | string,
  options: ReplayOptions = {},
  managed: Omit<ManagerOptions, "transport"> = {},
): Replayer {
  const clock = manualClock();
  const replay = replayed(typeof lines === "string" ? lines : tapeOf(lines), { clock, ...options });
  return {
    clock,
    replay,
    manager: createWebSocketManager({ transport: replay, clock, codec: "text", ...managed }),
    open: (...parameters) => openUser(replay, ...parameters),
  };
}

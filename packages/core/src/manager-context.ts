import type { Connections } from "./connection/connections.ts";
import type { Settings } from "./options/manager-options.ts";
import type { Recorder } from "./stats/recorder.ts";
import type { Deadlines } from "./time/deadlines.ts";

/** What the operations of one manager share. */
export interface ManagerContext {
  readonly settings: Settings;
  readonly deadlines: Deadlines;
  readonly recorder: Recorder;
  readonly connections: Connections;
  /** Calls back when the manager is disposed of; the answer stops that. */
  onDispose(run: () => void): () => void;
}

import type { Connections } from "../connections.ts";
import type { Deadlines } from "../deadlines.ts";
import type { Settings } from "../options/settings.ts";
import type { Recorder } from "../recorder.ts";

/** What the operations of one manager share. */
export interface Context {
  readonly settings: Settings;
  readonly deadlines: Deadlines;
  readonly recorder: Recorder;
  readonly connections: Connections;
  /** Calls back when the manager is disposed of; the answer stops that. */
  onDispose(run: () => void): () => void;
}

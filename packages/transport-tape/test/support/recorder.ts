import { type ManualClock, manualClock } from "@outsock/core/testing";
import { createMemoryNetwork, type MemoryPeer, type MemoryScript } from "@outsock/transport-memory";
import { type RecordedTransport, type RecordOptions, recorded } from "../../src/index.ts";
import { linesOf, newTape, url } from "./tapes.ts";
import { openUser, type User } from "./user.ts";

export interface Recorder {
  readonly clock: ManualClock;
  readonly tape: string;
  readonly recording: RecordedTransport;
  peer(index?: number): MemoryPeer;
  open(overrides?: Parameters<typeof openUser>[1]): Promise<User>;
  /** Ends the tape and reads its lines. */
  lines(): Promise<Record<string, unknown>[]>;
  /** The same without the header, the channels and the times. */
  entries(): Promise<Record<string, unknown>[]>;
}

/** A recording of an in-memory network, whose peer listens on every path of the host of `url`. */
export function recorder(
  options: RecordOptions = {},
  script: MemoryScript = {},
  tape: string = newTape(),
): Recorder {
  const clock = manualClock(5_000);
  const network = createMemoryNetwork();
  const peers: MemoryPeer[] = [];
  network.listen(new URL(url).origin, {
    ...script,
    onConnection(peer) {
      peers.push(peer);
      script.onConnection?.(peer);
    },
  });
  const recording = recorded(network.transport(), tape, { clock, ...options });
  const lines = async (): Promise<Record<string, unknown>[]> => {
    await recording.dispose();
    return linesOf(tape);
  };
  return {
    clock,
    tape,
    recording,
    peer(index = -1) {
      const peer = peers.at(index);
      if (peer === undefined) throw new Error("no peer connected");
      return peer;
    },
    open: (overrides) => openUser(recording, overrides),
    lines,
    async entries() {
      const [, ...entries] = await lines();
      return entries.map(({ channel: _channel, atMs: _atMs, ...entry }) => entry);
    },
  };
}

import type { Transport } from "@outsock/core";
import { nativeTransport } from "@outsock/transport-native";
import { undiciTransport } from "@outsock/transport-undici";
import { wsTransport } from "@outsock/transport-ws";

const byName: Readonly<Record<string, () => Transport>> = {
  ws: wsTransport,
  undici: undiciTransport,
  native: nativeTransport,
};

/** The transport named on the command line. */
export function transportFromArguments(): Transport {
  const create = byName[process.argv[2] ?? ""];
  if (create === undefined) throw new Error(`unknown transport ${process.argv[2]}`);
  return create();
}

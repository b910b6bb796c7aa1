import { standardPeers } from "../clients/peers.ts";
import {
  bareSender,
  managedJsonSender,
  managedSender,
  promisedSender,
  rawJsonSender,
  rawSender,
  standardSenders,
} from "../clients/senders.ts";
import { alternate, type Readings, ratios, readingsOf } from "../harness/alternate.ts";
import type { ServerAddress } from "../harness/start-server.ts";
import {
  atLeast,
  atMost,
  type Effort,
  type Measurement,
  type Point,
  type Sampled,
  type Series,
} from "../measurement.ts";
import { medianOf } from "../report/quartiles.ts";

const batches = [1, 2, 4, 8, 16, 32, 64, 128, 256] as const;
const limits = [64, 8];
const peers = [...Object.keys(standardPeers), "websocket-as-promised"];

/**
 * Messages sent without waiting for answers, a fixed number in each turn of the event loop. They are text, because encoding JSON
 * costs every client the same; a separate row measures JSON.
 */
export const sends: Measurement = {
  id: "sends",
  processes: 4,
  rows: [
    { id: "sends-64", name: "sends, 64 a tick, messages a second to raw ws", limit: atLeast(5, 10) },
    { id: "sends-64-cpu", name: "the same, messages a CPU second to raw ws", limit: atLeast(4, 6) },
    { id: "sends-8", name: "sends, 8 a tick, messages a second to raw ws", limit: atLeast(2.5, 4) },
    { id: "sends-64-json", name: "sends of JSON, 64 a tick, messages a second to raw ws" },
    { id: "sends-1", name: "sends, 1 a tick, time to raw ws", limit: atMost(1.2, 1.1) },
    ...limits.map((batch) => ({
      id: `sends-${batch}/limit`,
      name: `the limit of this machine: a bare socket, ${batch} a tick, messages a second to raw ws`,
    })),
    ...peers.map((peer) => ({
      id: `sends-64/${peer}`,
      name: `sends over ${peer}, 64 a tick, messages a second to raw ws`,
    })),
  ],

  async measure({ ws }: ServerAddress, effort: Effort): Promise<Sampled> {
    const url = `${ws}/sink`;
    const raw = await rawSender(url);
    const managed = await managedSender(url);
    const json = [await rawJsonSender(url), await managedJsonSender(url)].map((sender) => sender(64));
    if (effort === "coarse") {
      const contenders = [64, 8, 1].flatMap((batch) => [raw(batch), managed(batch)]);
      return { samples: rowsOf(await alternate([...contenders, ...json], 20)) };
    }
    const bare = await bareSender(url);
    const others = await Promise.all([...standardSenders(url), promisedSender(url)]);
    const contenders = [
      ...batches.flatMap((batch) => [raw(batch), managed(batch)]),
      ...json,
      ...limits.map(bare),
      ...others.map((sender) => sender(64)),
    ];
    const readings = await alternate(contenders, 30);
    return { samples: { ...rowsOf(readings), ...peerRowsOf(readings) }, series: seriesOf(readings) };
  },
};

function rowsOf(readings: Readings): Sampled["samples"] {
  return {
    "sends-64": ratios(readings, "raw 64", "managed 64"),
    "sends-64-cpu": ratios(readings, "raw 64", "managed 64", "cpuNs"),
    "sends-64-json": ratios(readings, "raw json 64", "managed json 64"),
    "sends-8": ratios(readings, "raw 8", "managed 8"),
    "sends-1": ratios(readings, "managed 1", "raw 1"),
  };
}

function peerRowsOf(readings: Readings): Sampled["samples"] {
  return Object.fromEntries([
    ...limits.map((batch) => [`sends-${batch}/limit`, ratios(readings, `raw ${batch}`, `bare ${batch}`)]),
    ...peers.map((peer) => [`sends-64/${peer}`, ratios(readings, "raw 64", `${peer} 64`)]),
  ]);
}

/** Messages per second by the number sent in a tick. */
function seriesOf(readings: Readings): Series {
  const line = (name: string): Point[] =>
    batches.map((batch) => {
      const times = readingsOf(readings, `${name} ${batch}`).map(({ wallNs }) => wallNs);
      return [batch, 1e9 / medianOf(times)];
    });
  return { "sends/raw ws": line("raw"), "sends/Outsock": line("managed") };
}

import { unwrap, type WebSocketManager } from "@outsock/core";
import { openSession, plain } from "@outsock/session";
import { openBareSocket } from "../clients/bare-socket.ts";
import { assertAllSucceeded, createManager } from "../clients/managed.ts";
import { openRpcWebSockets, openWebSocketAsPromised } from "../clients/peers.ts";
import { openRaw } from "../clients/raw-ws.ts";
import { alternate, type Contender, ratios } from "../harness/alternate.ts";
import type { ServerAddress } from "../harness/start-server.ts";
import { atLeast, type Effort, type Measurement, type Sampled } from "../measurement.ts";

const callsInBlock = 2_048;
const params = { brightness: 128, note: "x".repeat(28) };

/** Calls over one connection, matched by id, with a fixed number in flight. */
export const multiplexed: Measurement = {
  id: "multiplexed",
  processes: 4,
  rows: [
    {
      id: "multiplexed",
      name: "calls by id, 64 in flight, calls a second to 1 in flight",
      limit: atLeast(9, 14),
    },
    {
      id: "multiplexed-to-ws",
      name: "calls by id, 64 in flight, calls a second to raw ws with 64",
      limit: atLeast(2.5, 3.5),
    },
    {
      id: "multiplexed/limit",
      name: "the limit of this machine: a bare socket, 64 in flight, calls a second to raw ws with 64",
    },
    {
      id: "multiplexed/websocket-as-promised",
      name: "calls by id over websocket-as-promised, 64 in flight, calls a second to raw ws with 64",
    },
    {
      id: "multiplexed/rpc-websockets",
      name: "calls of rpc-websockets, 64 in flight, calls a second to raw ws with 64",
    },
  ],

  async measure({ ws }: ServerAddress, effort: Effort): Promise<Sampled> {
    const manager = createManager();
    const managed = await managedCall(manager, `${ws}/echo`);
    const raw = await rawCall(`${ws}/echo`);
    const contenders = [calls("managed 1", 1, managed), calls("managed", 64, managed), calls("raw", 64, raw)];
    if (effort === "full") {
      const promised = await openWebSocketAsPromised(`${ws}/echo`);
      const rpc = await openRpcWebSockets(`${ws}/rpc`);
      contenders.push(
        calls("limit", 64, await bareCall(`${ws}/echo`)),
        calls("websocket-as-promised", 64, () => promised.sendRequest({ method: "call", params })),
        calls("rpc-websockets", 64, () => rpc.call("call", params)),
      );
    }
    const readings = await alternate(contenders, effort === "full" ? 30 : 15);
    assertAllSucceeded(manager);
    const peers = contenders
      .slice(3)
      .map(({ name }) => [`multiplexed/${name}`, ratios(readings, "raw", name)]);
    return {
      samples: {
        multiplexed: ratios(readings, "managed 1", "managed"),
        "multiplexed-to-ws": ratios(readings, "raw", "managed"),
        ...Object.fromEntries(peers),
      },
    };
  },
};

function calls(name: string, inFlight: number, call: () => Promise<unknown>): Contender {
  const operations = inFlight === 1 ? callsInBlock / 8 : callsInBlock;
  return {
    name,
    operations,
    async block() {
      let left = operations;
      const caller = async () => {
        while (left > 0) {
          left -= 1;
          await call();
        }
      };
      await Promise.all(Array.from({ length: inFlight }, caller));
    },
  };
}

/** Pending calls, by id. */
class Pending {
  readonly #resolvers: Map<number, (answer: unknown) => void> = new Map();
  #made = 0;

  call(send: (request: unknown) => void): Promise<unknown> {
    this.#made += 1;
    const id = this.#made;
    return new Promise((resolve) => {
      this.#resolvers.set(id, resolve);
      send({ id, method: "call", params });
    });
  }

  settle(answer: unknown): void {
    if (typeof answer !== "object" || answer === null || !("id" in answer)) return;
    const id = Number(answer.id);
    this.#resolvers.get(id)?.(answer);
    this.#resolvers.delete(id);
  }
}

async function managedCall(manager: WebSocketManager, url: string): Promise<() => Promise<unknown>> {
  const { session } = unwrap(await openSession(manager, { url, protocol: plain({ params: "params" }) }));
  return () => session.call("call", params);
}

async function rawCall(url: string): Promise<() => Promise<unknown>> {
  const socket = await openRaw(url);
  const pending = new Pending();
  socket.on("message", (data) => pending.settle(JSON.parse(data.toString())));
  return () => pending.call((request) => socket.send(JSON.stringify(request)));
}

async function bareCall(url: string): Promise<() => Promise<unknown>> {
  const socket = await openBareSocket(url);
  const pending = new Pending();
  socket.onmessage = (text) => pending.settle(JSON.parse(text));
  return () => pending.call((request) => socket.send(JSON.stringify(request)));
}

import { createWebSocketManager, unwrap } from "@outsock/core";
import { describe, expect, it } from "vitest";
import { startInspector } from "../support/inspector.ts";
import { venues } from "../support/venues.ts";

const onNetworks = venues.filter(({ capabilities }) => capabilities.network);

describe.each(onNetworks)("a Node inspector over $name", (venue) => {
  const evaluate = (id: number, expression: string): object => ({
    id,
    method: "Runtime.evaluate",
    params: { expression },
  });

  it("answers a one-shot request", async () => {
    const manager = createWebSocketManager({ transport: venue.createTransport() });
    const { response } = unwrap(await manager.request(await startInspector(), evaluate(1, "6 * 7")));
    expect(response).toMatchObject({ id: 1, result: { result: { value: 42 } } });
    expect(manager.getStats()).toMatchObject({ openConnections: 0, errorsCount: 0 });
  });

  it("answers many sends in order, and iteration yields its events", async () => {
    const manager = createWebSocketManager({ transport: venue.createTransport() });
    const { connection } = unwrap(await manager.connect(await startInspector()));
    for (let id = 1; id <= 50; id += 1) unwrap(await manager.send(connection, evaluate(id, `${id} + ${id}`)));
    for (let id = 1; id <= 50; id += 1) {
      const { response } = unwrap(await manager.receive(connection));
      expect(response).toMatchObject({ id, result: { result: { value: 2 * id } } });
    }
    unwrap(await manager.send(connection, { id: 51, method: "Runtime.enable" }));
    unwrap(await manager.send(connection, evaluate(52, "console.log('tick')")));
    for await (const message of connection) {
      if (Object(message).method !== "Runtime.consoleAPICalled") continue;
      expect(message).toMatchObject({ params: { args: [{ value: "tick" }] } });
      break;
    }
    expect(unwrap(await manager.close(connection)).clean).toBe(true);
  });

  it("finds the answer among its events with match", async () => {
    const manager = createWebSocketManager({ transport: venue.createTransport() });
    const { connection } = unwrap(await manager.connect(await startInspector()));
    await manager.close(connection);
    const match = (message: unknown): boolean => Object(message).id === 9;
    const { response } = unwrap(await manager.request(await startInspector(), evaluate(9, "1"), { match }));
    expect(response).toMatchObject({ id: 9 });
  });
});

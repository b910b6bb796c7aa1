import { createWebSocketManager, unwrap } from "@outsock/core";
import { openSession, plain } from "@outsock/session";
import { createMemoryNetwork } from "@outsock/transport-memory";
import { pooled } from "@outsock/transport-pool";
import { expect, it } from "vitest";

it("a session on a pool returns no connection, since it may be logged in", async () => {
  const network = createMemoryNetwork();
  const closes: unknown[] = [];
  network.listen("ws://server.example", (peer) => {
    peer.onMessage((message) => peer.send(message));
    peer.onClose((close) => closes.push(close));
  });
  const pool = pooled(network.transport());
  const manager = createWebSocketManager({ transport: pool });
  const options = { url: "ws://server.example", protocol: plain() };
  const { session } = unwrap(await openSession(manager, options));
  await session.call("echo", {});
  await session.close();
  expect(pool.getStats()).toMatchObject({ openedCount: 1, idleCount: 0 });
  expect(closes).toEqual([{ code: 1000, reason: "the session is over" }]);
  await pool.dispose();
});

import { createWebSocketManager } from "@outsock/core";
import { undiciTransport } from "@outsock/transport-undici";
import { wsTransport } from "@outsock/transport-ws";
import { expect, it, onTestFinished } from "vitest";
import { guarded } from "../../src/index.ts";
import { startPeer } from "../support/guard-fixture.ts";

/** Resolved by the system's resolver. To the URL policy these are ordinary names, and here they are allowed. */
it.each([
  ["ws", wsTransport, "localhost", ["URL_FORBIDDEN"]],
  ["undici", undiciTransport, "localhost", ["URL_FORBIDDEN"]],
  // Not every resolver resolves these.
  ["ws", wsTransport, "localhost.", ["URL_FORBIDDEN", "CONNECT_FAILED"]],
  ["undici", undiciTransport, "localhost.", ["URL_FORBIDDEN", "CONNECT_FAILED"]],
  ["ws", wsTransport, "any.localhost", ["URL_FORBIDDEN", "CONNECT_FAILED"]],
  ["undici", undiciTransport, "any.localhost", ["URL_FORBIDDEN", "CONNECT_FAILED"]],
] as const)("over %s, this machine is not reached by one of its own names: %#", async (...row) => {
  const [, createTransport, host, codes] = row;
  const peer = await startPeer();
  const transport = guarded(createTransport(), { allow: ["localhost", "*.localhost"] });
  const manager = createWebSocketManager({ transport });
  onTestFinished(() => manager.dispose());
  expect(codes).toContain((await manager.connect(`ws://${host}:${peer.port}`)).error?.code);
  expect(peer.connectionCount).toBe(0);
});

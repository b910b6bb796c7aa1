import { createWebSocketManager } from "@outsock/core";
import { undiciTransport } from "@outsock/transport-undici";
import { wsTransport } from "@outsock/transport-ws";
import { expect, it, onTestFinished } from "vitest";
import { guarded } from "../../src/index.ts";
import { startPeer } from "../support/guard-fixture.ts";

/** By the system's own resolver. To the URL's judge these are names like any other, and here they are allowed ones. */
it.each([
  ["ws", wsTransport, "localhost", ["URL_FORBIDDEN"]],
  ["undici", undiciTransport, "localhost", ["URL_FORBIDDEN"]],
  // Not every resolver knows these.
  ["ws", wsTransport, "localhost.", ["URL_FORBIDDEN", "CONNECT_FAILED"]],
  ["undici", undiciTransport, "localhost.", ["URL_FORBIDDEN", "CONNECT_FAILED"]],
  ["ws", wsTransport, "any.localhost", ["URL_FORBIDDEN", "CONNECT_FAILED"]],
  ["undici", undiciTransport, "any.localhost", ["URL_FORBIDDEN", "CONNECT_FAILED"]],
] as const)("over %s, this machine is not reached by a name of its own: %#", async (...row) => {
  const [, createTransport, host, codes] = row;
  const peer = await startPeer();
  const transport = guarded(createTransport(), { allow: ["localhost", "*.localhost"] });
  const manager = createWebSocketManager({ transport });
  onTestFinished(() => manager.dispose());
  expect(codes).toContain((await manager.connect(`ws://${host}:${peer.port}`)).error?.code);
  expect(peer.connectionCount).toBe(0);
});

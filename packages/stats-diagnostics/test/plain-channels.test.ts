import { unwrap } from "@outsock/core";
import { afterEach, expect, it } from "vitest";
import { collectPlain, scene, server, unsubscribeAll, url } from "./support/scene.ts";

afterEach(unsubscribeAll);

it("connections are published as they open and close", async () => {
  const opened = collectPlain("outsock:connection-opened");
  const closed = collectPlain("outsock:connection-closed");
  const { manager, clock } = scene();
  const { connection } = unwrap(await manager.connect(url, { correlationId: "order-66" }));
  await clock.advance(90_000);
  await manager.close(connection, { code: 4_000 });
  const where = { connectionId: expect.stringMatching(/-c1$/), ...server };
  expect(opened).toEqual([{ ...where, correlationId: "order-66", protocol: "" }]);
  expect(closed).toEqual([{ ...where, code: 4_000, clean: true, openMs: 90_000 }]);
});

it("messages are published as they are sent, received and dropped", async () => {
  const sent = collectPlain("outsock:message-sent");
  const received = collectPlain("outsock:message-received");
  const dropped = collectPlain("outsock:message-dropped");
  const { manager, clock, peers } = scene({
    codec: "text",
    inbox: { maxMessages: 1, overflow: "drop-oldest" },
  });
  const { connection } = unwrap(await manager.connect(url));
  unwrap(await manager.send(connection, "hello", { correlationId: "a" }));
  unwrap(await manager.receive(connection, { correlationId: "b" }));
  peers[0]?.send("four");
  peers[0]?.send("seven++");
  await clock.advance(0);
  const where = { connectionId: expect.stringMatching(/-c1$/), ...server };
  expect(sent).toEqual([{ ...where, correlationId: "a" }]);
  expect(received).toEqual([{ ...where, correlationId: "b", byteLength: 5 }]);
  expect(dropped).toEqual([{ ...where, byteLength: 4 }]);
});

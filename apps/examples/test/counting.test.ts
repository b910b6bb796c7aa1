import { setTimeout } from "node:timers/promises";
import { startCountingServer } from "@outsock/test-servers";
import { expect, it } from "vitest";
import { WebSocket } from "ws";

it("the server that counts sees every message, and how many came within a while", async () => {
  await using server = await startCountingServer();
  const socket = new WebSocket(server.url);
  await new Promise((resolve) => socket.on("open", resolve));
  const send = async (count: number): Promise<void> => {
    const before = server.count;
    for (let i = 0; i < count; i += 1) socket.send("x");
    while (server.count < before + count) await setTimeout(1);
  };
  await send(400);
  await setTimeout(300);
  await send(100);
  socket.terminate();

  expect(server.mostWithin(100)).toBe(400);
  expect(server.mostWithin(5_000)).toBe(500);
  // From the first one to the 401st, which came with the second lot.
  expect(server.rateBy(400)).toBeGreaterThan(900);
  expect(server.rateBy(400)).toBeLessThan(400 / 0.3);
});

it("the server that counts does not blame others for the time in which it stood still", async () => {
  await using server = await startCountingServer();
  const socket = new WebSocket(server.url);
  await new Promise((resolve) => socket.on("open", resolve));
  for (let i = 0; i < 10; i += 1) socket.send("before");
  // Like a machine that is busy with something else: what comes meanwhile is read afterwards.
  await setTimeout(20);
  const untilMs = performance.now() + 150;
  for (let i = 0; i < 10; i += 1) socket.send("meanwhile");
  while (performance.now() < untilMs) {}
  while (server.count < 20) await setTimeout(1);
  socket.terminate();

  expect(server.mostWithin(140)).toBeLessThan(20);
  expect(server.mostWithin(5_000)).toBe(20);
});

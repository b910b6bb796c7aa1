import { once } from "node:events";
import { setTimeout } from "node:timers/promises";
import { expect, it } from "vitest";
import { WebSocket } from "ws";
import { Arrivals, type CountingServer, startCountingServer } from "../src/index.ts";

async function connect({ url }: CountingServer): Promise<WebSocket> {
  const socket = new WebSocket(url);
  await once(socket, "open");
  return socket;
}

/** Resolves when the server has read everything sent before. */
async function allRead(socket: WebSocket): Promise<void> {
  socket.ping();
  await once(socket, "pong");
}

it("arrivals are counted in the fullest window, wherever it starts", () => {
  const arrivals = new Arrivals();
  for (let n = 0; n < 400; n += 1) arrivals.note(50, 50);
  for (let n = 0; n < 100; n += 1) arrivals.note(350, 350);

  expect(arrivals.mostWithin(300)).toBe(400);
  expect(arrivals.mostWithin(301)).toBe(500);
  // From the first arrival to the 401st, which is in the second batch.
  expect(arrivals.rateBy(400)).toBeCloseTo(400 / 0.3, 6);
  expect(arrivals.rateBy(500)).toBe(0);
});

it("an arrival that may be earlier than a window is not counted in it", () => {
  const arrivals = new Arrivals();
  arrivals.note(0, 10);
  arrivals.note(5, 110);

  expect(arrivals.mostWithin(110)).toBe(1);
  expect(arrivals.mostWithin(111)).toBe(2);
});

it("the counting server counts every message", async () => {
  await using server = await startCountingServer();
  const socket = await connect(server);
  for (let n = 0; n < 400; n += 1) socket.send("x");
  await allRead(socket);
  socket.terminate();

  expect(server.arrivals.count).toBe(400);
  expect(server.arrivals.mostWithin(60_000)).toBe(400);
});

it("the counting server does not count its own standstill against the clients", async () => {
  await using server = await startCountingServer();
  const socket = await connect(server);
  for (let n = 0; n < 10; n += 1) socket.send("before");
  await allRead(socket);
  // Let its event loop turn a few times.
  await setTimeout(20);
  for (let n = 0; n < 10; n += 1) socket.send("meanwhile");
  // Block the event loop, as on a busy machine: messages that arrive now are read afterwards.
  const untilMs = performance.now() + 150;
  while (performance.now() < untilMs) {}
  await allRead(socket);
  socket.terminate();

  expect(server.arrivals.mostWithin(140)).toBeLessThan(20);
  expect(server.arrivals.mostWithin(60_000)).toBe(20);
});

import { once } from "node:events";
import { expect, it, onTestFinished } from "vitest";
import { openBareSocket } from "../src/clients/bare-socket.ts";
import { openRaw } from "../src/clients/raw-ws.ts";
import { type ServerAddress, startBenchServer } from "../src/harness/start-server.ts";

async function start(): Promise<ServerAddress> {
  const server = await startBenchServer();
  onTestFinished(() => server.stop());
  return server.address;
}

async function answers(url: string, message: string, count = 1): Promise<string[]> {
  const socket = await openRaw(url);
  const texts: string[] = [];
  const all = new Promise<void>((resolve) => {
    socket.on("message", (data) => {
      texts.push(data.toString());
      if (texts.length === count) resolve();
    });
  });
  socket.send(message);
  await all;
  socket.close();
  await once(socket, "close");
  return texts;
}

it("the server echoes messages of every length, over ws and wss", async () => {
  const { ws, wss } = await start();
  for (const length of [1, 125, 126, 65_535, 65_536, 300_000]) {
    const message = "ä".repeat(length);
    for (const url of [ws, wss]) expect(await answers(`${url}/echo`, message)).toEqual([message]);
  }
});

it("the server floods with the requested number of messages, and answers calls by id", async () => {
  const { ws } = await start();
  expect(new Set(await answers(`${ws}/flood`, "1000", 1_000)).size).toBe(1);
  const [answer = ""] = await answers(`${ws}/rpc`, '{"jsonrpc":"2.0","method":"call","id":17}');
  expect(JSON.parse(answer)).toMatchObject({ jsonrpc: "2.0", id: 17 });
});

it("the server's sink discards messages, and echoes only a short one", async () => {
  const { ws } = await start();
  const socket = await openBareSocket(`${ws}/sink`);
  const answer = new Promise((resolve) => {
    socket.onmessage = resolve;
  });
  for (let i = 0; i < 2_000; i += 1) socket.send("x".repeat(100));
  socket.send("1");
  expect(await answer).toBe("1");
});

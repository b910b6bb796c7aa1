import { once } from "node:events";
import { createServer, type Server, type Socket } from "node:net";
import { expect, onTestFinished, test } from "vitest";
import { createDialer } from "../src/dialer.ts";
import { lookupCache } from "../src/lookup/cached-lookup.ts";

async function listen(server: Server = createServer()): Promise<number> {
  server.listen(0, "127.0.0.1");
  onTestFinished(() => void server.close());
  await once(server, "listening");
  const address = server.address();
  return typeof address === "object" && address !== null ? address.port : 0;
}

function closeWithTest(socket: Socket): Socket {
  onTestFinished(() => void socket.destroy());
  return socket.on("error", () => {});
}

test("a literal address that is not allowed is refused before anything is dialed, without its brackets", () => {
  const checked: string[] = [];
  const allowAddress = (address: string): boolean => checked.push(address) < 0;
  for (const url of ["ws://127.0.0.1:9/", "wss://[::1]:9/"]) {
    const dial = () => createDialer().dial({ url, allowAddress });
    expect(dial).toThrow(expect.objectContaining({ code: "URL_FORBIDDEN" }));
  }
  expect(checked).toEqual(["127.0.0.1", "::1"]);
});

test("a name is not checked before it is looked up", () => {
  const allowAddress = (): boolean => false;
  expect(createDialer().dial({ url: "ws://localhost:9/", allowAddress }).stage).toBe("connecting");
});

test("a dial over TCP is connected, and gives its socket", async () => {
  const dial = createDialer().dial({ url: `ws://127.0.0.1:${await listen()}/` });
  expect([dial.stage, dial.socket]).toEqual(["connecting", undefined]);
  const connected = await new Promise<Socket>((resolve) => {
    closeWithTest(dial.connect(resolve));
  });
  expect(dial.stage).toBe("connected");
  expect(dial.socket).toBe(connected);
});

test("a dial over TLS is securing once TCP is connected", async () => {
  const server = createServer();
  const dial = createDialer().dial({ url: `wss://127.0.0.1:${await listen(server)}/` });
  const accepted = once(server, "connection");
  await once(closeWithTest(dial.connect()), "connect");
  expect(dial.stage).toBe("securing");
  const [socket] = await accepted;
  socket.destroy();
});

test("only a dial that did not get as far as a connection makes its name be looked up again", async () => {
  const cache = lookupCache(60_000);
  const forgotten: string[] = [];
  cache.forget = (hostname) => void forgotten.push(hostname);
  const dialer = createDialer({}, cache);
  const answered = dialer.dial({ url: `ws://localhost:${await listen()}/` });
  await new Promise<Socket>((resolve) => {
    closeWithTest(answered.connect(resolve));
  });
  answered.failed();
  expect(forgotten).toEqual([]);
  dialer.dial({ url: "ws://unreachable.test/" }).failed();
  expect(forgotten).toEqual(["unreachable.test"]);
});

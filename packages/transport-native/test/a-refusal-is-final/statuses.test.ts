import { once } from "node:events";
import { createServer, type Socket } from "node:net";
import { expect, onTestFinished, test, vi } from "vitest";
import { nativeTransport } from "../../src/node/index.ts";
import { noEvents, requestFor } from "../support/connect.ts";

interface Answering {
  readonly url: string;
  readonly sockets: readonly Socket[];
}

/** A server that answers with this head and a part of a body, and leaves the rest to wait for. */
async function startAnswering(head: string): Promise<Answering> {
  const sockets: Socket[] = [];
  const server = createServer((socket) => {
    sockets.push(socket);
    socket.on("error", () => {});
    socket.on("data", () => socket.write(`${head}\r\nContent-Length: 5\r\n\r\nab`));
  });
  onTestFinished(async () => {
    for (const socket of sockets) socket.destroy();
    server.close();
  });
  server.listen(0, "127.0.0.1");
  await once(server, "listening");
  const address = server.address();
  return { url: `ws://127.0.0.1:${typeof address === "object" ? address?.port : 0}`, sockets };
}

const statuses = [
  101, 200, 204, 206, 300, 301, 302, 304, 307, 308, 400, 401, 403, 404, 407, 408, 421, 426, 429,
];
const challenge =
  "WWW-Authenticate: Basic realm=x\r\nProxy-Authenticate: Basic realm=x\r\nLocation: /\r\nRetry-After: 0";

test.each([...statuses, 500, 502, 503, 504, 599])(
  "a peer that answers %i and never ends its body is dialed once and left",
  async (status) => {
    const { url, sockets } = await startAnswering(`HTTP/1.1 ${status} No\r\n${challenge}`);
    await expect(nativeTransport().open(requestFor(url), noEvents)).rejects.toMatchObject({
      code: "CONNECT_FAILED",
    });
    await vi.waitUntil(() => sockets.length > 0 && sockets.every(({ destroyed }) => destroyed));
    expect(sockets).toHaveLength(1);
  },
);

import { once } from "node:events";
import { connect, type Socket } from "node:net";
import { afterEach, describe, expect, it } from "vitest";
import type { Peer, PeerScript } from "../src/index.ts";
import { startNodePeer } from "../src/node-peer.ts";

const peers: Peer[] = [];

afterEach(async () => {
  await Promise.all(peers.splice(0).map((peer) => peer.close()));
});

async function start(script?: PeerScript): Promise<Peer> {
  const peer = await startNodePeer(script);
  peers.push(peer);
  return peer;
}

async function dial(url: string): Promise<Socket> {
  const socket = connect(Number(new URL(url).port), "127.0.0.1");
  await once(socket, "connect");
  return socket;
}

/** A TCP connection that has sent the handshake request of RFC 6455 section 1.2. */
async function ask(peer: Peer): Promise<Socket> {
  const socket = await dial(peer.url);
  socket.write("GET /chat HTTP/1.1\r\nHost: x\r\nSec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\n");
  socket.write("Sec-WebSocket-Protocol: chat, superchat\r\n\r\n");
  return socket;
}

describe("the Node peer", () => {
  it("answers the example handshake of RFC 6455 with its accept key", async () => {
    const peer = await start({ handshake: { type: "accept", protocol: "chat" } });
    const [answer] = await once(await ask(peer), "data");
    expect(String(answer)).toMatch(/^HTTP\/1.1 101 Switching Protocols\r\n/);
    expect(String(answer)).toContain("Sec-WebSocket-Accept: s3pPLMBiTxaQ9kYGzzhZRbK+xOo=\r\n");
    expect(String(answer)).toContain("Sec-WebSocket-Protocol: chat\r\n");
    const { request } = await peer.nextConnection();
    expect(request.target).toBe("/chat");
    expect(request.protocols).toEqual(["chat", "superchat"]);
  });

  it("sends its greeting in the packet of the 101", async () => {
    const [answer] = await once(await ask(await start({ greeting: ["hi"] })), "data");
    expect(Buffer.from(answer).toString("latin1").split("\r\n\r\n")[1]).toBe("\x81\x02hi");
  });

  it("rejects pending reads when the connection ends", async () => {
    const peer = await start();
    const socket = await ask(peer);
    const connection = await peer.nextConnection();
    const waiting = connection.nextFrame();
    socket.destroy();
    await expect(waiting).rejects.toThrow(/ended without another frame/);
    await connection.ended;
  });

  it("counts connections that never send a request", async () => {
    const peer = await start();
    const silent = await dial(peer.url);
    await ask(peer);
    await peer.nextConnection();
    expect(peer.connectionCount).toBe(2);
    silent.destroy();
  });

  it("has a URL that refuses connections", async () => {
    const peer = await start();
    await expect(dial(await peer.unusedUrl())).rejects.toMatchObject({ code: "ECONNREFUSED" });
  });
});

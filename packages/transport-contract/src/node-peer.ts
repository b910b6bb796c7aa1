import { once } from "node:events";
import { connect, createServer, type Server, type Socket } from "node:net";
import { createServer as createTlsServer } from "node:tls";
import { Mailbox } from "./mailbox.ts";
import {
  elsewherePair,
  type KeyPair,
  selfSignedPair,
  testCa,
  trustedPair,
} from "./node-peer/certificates.ts";
import { answerHandshake, readRequest } from "./node-peer/handshake.ts";
import { NodeConnection } from "./node-peer/node-connection.ts";
import type { Peer, PeerConnection, PeerScript } from "./peer.ts";

export { type KeyPair, selfSignedPair, testCa, trustedPair } from "./node-peer/certificates.ts";

const pairs: Readonly<Record<NonNullable<PeerScript["tls"]>, KeyPair>> = {
  trusted: trustedPair,
  "self-signed": selfSignedPair,
  "wrong-host": elsewherePair,
};

/**
 * Starts a remote end on 127.0.0.1 that speaks the server's side of RFC 6455 over a bare socket, so that scenarios
 * can observe and send what a library would hide. For the `startPeer` of any transport that dials real addresses.
 */
export async function startNodePeer(script: PeerScript = {}): Promise<Peer> {
  const connections = new Mailbox<PeerConnection>();
  const tcpSockets = new Set<Socket>();
  const unusedPorts: UnusedPort[] = [];
  const scheme = script.tls === undefined ? "ws" : "wss";
  const server = createPeerServer(script, (socket) => serve(socket, script, connections));
  let connectionCount = 0;
  server.on("connection", (socket: Socket) => {
    connectionCount += 1;
    tcpSockets.add(socket);
    socket.on("error", ignore);
    socket.once("close", () => tcpSockets.delete(socket));
  });
  server.listen(0, "127.0.0.1");
  await once(server, "listening");
  return {
    url: `${scheme}://127.0.0.1:${portOf(server)}`,
    ...(script.tls === undefined ? {} : { ca: testCa }),
    get connectionCount() {
      return connectionCount;
    },
    nextConnection: () => connections.take(),
    async unusedUrl() {
      const unused = await reserveUnusedPort();
      unusedPorts.push(unused);
      return `${scheme}://127.0.0.1:${unused.port}`;
    },
    async close() {
      for (const unused of unusedPorts) unused.release();
      await closeServer(server, tcpSockets);
    },
  };
}

function createPeerServer(script: PeerScript, onSocket: (socket: Socket) => void): Server {
  if (script.tls === undefined) return createServer({ allowHalfOpen: true }, onSocket);
  const server = createTlsServer({ ...pairs[script.tls], allowHalfOpen: true }, onSocket);
  return server.on("tlsClientError", ignore);
}

function serve(socket: Socket, script: PeerScript, connections: Mailbox<PeerConnection>): void {
  let head = Buffer.alloc(0);
  let connection: NodeConnection | undefined;
  socket.setNoDelay();
  socket.on("error", ignore);
  socket.on("data", (chunk: Buffer) => {
    if (connection !== undefined) return connection.receive(chunk);
    head = Buffer.concat([head, chunk]);
    const read = readRequest(head);
    if (read === undefined) return;
    connection = new NodeConnection(socket, read.request, script);
    connections.put(connection);
    answerHandshake(socket, read.request, script);
    if (read.rest.byteLength > 0) connection.receive(read.rest);
  });
}

/** Scenarios cause socket errors on purpose, and observe the end of the connection instead. */
function ignore(): void {}

function portOf(server: Server): number {
  const address = server.address();
  if (address === null || typeof address === "string") throw new Error("the peer does not listen on a port");
  return address.port;
}

async function closeServer(server: Server, sockets: ReadonlySet<Socket>): Promise<void> {
  const closed = once(server, "close");
  server.close();
  for (const socket of sockets) socket.destroy();
  await closed;
}

/** A port that refuses connections. */
interface UnusedPort {
  readonly port: number;
  release(): void;
}

/**
 * Reserves a port of 127.0.0.1 that refuses connections. The port of a closed server could be given to another
 * program at once, while a connected client socket keeps its port.
 */
async function reserveUnusedPort(): Promise<UnusedPort> {
  const server = createServer().listen(0, "127.0.0.1");
  await once(server, "listening");
  const address = server.address();
  const socket = connect(typeof address === "object" && address !== null ? address.port : 0, "127.0.0.1");
  const [[accepted]] = await Promise.all([once(server, "connection"), once(socket, "connect")]);
  return {
    port: socket.localPort ?? 0,
    release() {
      socket.destroy();
      accepted.destroy();
      server.close();
    },
  };
}

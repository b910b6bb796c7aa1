import { once } from "node:events";
import { connect, createServer } from "node:net";

/** A port that refuses connections. */
export interface UnusedPort {
  readonly port: number;
  release(): void;
}

/**
 * Reserves a port of 127.0.0.1 on which nobody listens. A port that was listened on and closed may be given to
 * somebody else at once; the near end of a connection keeps its port.
 */
export async function reserveUnusedPort(): Promise<UnusedPort> {
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

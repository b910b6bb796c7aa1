import { randomBytes } from "node:crypto";
import { type TLSSocket, Server as TlsServer } from "node:tls";
import type { Transport } from "@outsock/core";
import { selfSignedPair, testCa } from "@outsock/transport-contract/node-peer";
import { describe, expect, it, vi } from "vitest";
import { wsTransport } from "../../src/index.ts";
import { listen, requestFor } from "../support/connect.ts";
import { startWsServer, type WsServer } from "../support/ws-server.ts";

interface Watched extends WsServer {
  /** For each handshake that the server completed: whether it resumed a session. */
  readonly resumed: boolean[];
}

async function startWatched(maxVersion?: "TLSv1.2"): Promise<Watched> {
  const server = await startWsServer({ ticketKeys, ...(maxVersion !== undefined && { maxVersion }) });
  const resumed: boolean[] = [];
  server.http.on("secureConnection", (socket: TLSSocket) => resumed.push(socket.isSessionReused()));
  // Behind the tickets that a server of TLS 1.3 sends after the handshake.
  server.ws.on("connection", (ws) => ws.send("hello"));
  return { ...server, resumed };
}

/** Opens a channel and closes it, once what the peer sent after the handshake is there. */
async function visit(transport: Transport, url: string): Promise<void> {
  const heard = listen();
  const channel = await transport.open(requestFor(url), heard.events);
  await heard.message;
  channel.close(1000);
  await heard.closed;
}

function codeOf(transport: Transport, url: string): Promise<unknown> {
  return visit(transport, url).then(
    () => "opened",
    (error: unknown) => (error instanceof Error && "code" in error ? error.code : error),
  );
}

// Every server here could resume the sessions of every other.
const ticketKeys = randomBytes(48);

const trusting = () => wsTransport({ tls: { ca: testCa } });

describe.each([
  ["1.3", undefined],
  ["1.2", "TLSv1.2"],
] as const)("sessions of TLS %s over ws", (_, version) => {
  it("are resumed by the next connect to the host", async () => {
    const { url, resumed } = await startWatched(version);
    const transport = trusting();
    for (let i = 0; i < 3; i += 1) await visit(transport, url);
    expect(resumed).toEqual([false, true, true]);
  });

  it("are not resumed at another port of the host", async () => {
    const one = await startWatched(version);
    const other = await startWatched(version);
    const transport = trusting();
    await visit(transport, one.url);
    await visit(transport, other.url);
    expect(other.resumed).toEqual([false]);
  });

  it("of a peer of the wrong name are not kept: it fails again, without a resumption", async () => {
    const { url, resumed } = await startWatched(version);
    const transport = wsTransport({ tls: { ca: testCa, servername: "elsewhere.test" } });
    for (let i = 0; i < 3; i += 1) expect(await codeOf(transport, url)).toBe("TLS_FAILED");
    expect(resumed).not.toContain(true);
  });

  it("of a peer with an untrusted signature are not kept", async () => {
    const { url, resumed } = await startWatched(version);
    const transport = wsTransport({ tls: { ca: selfSignedPair.cert } });
    for (let i = 0; i < 2; i += 1) expect(await codeOf(transport, url)).toBe("TLS_FAILED");
    expect(resumed).not.toContain(true);
  });

  it("of a peer that was not verified are not kept, as a resumption checks no name again", async () => {
    const { url, resumed } = await startWatched(version);
    const transport = wsTransport({ tls: { ca: testCa, servername: "elsewhere.test" } });
    vi.stubEnv("NODE_TLS_REJECT_UNAUTHORIZED", "0");
    expect(await codeOf(transport, url)).toBe("opened");
    vi.unstubAllEnvs();
    expect(await codeOf(transport, url)).toBe("TLS_FAILED");
    expect(resumed).not.toContain(true);
  });

  it("belong to one transport: another with other options shares none", async () => {
    const { url, resumed } = await startWatched(version);
    await visit(trusting(), url);
    expect(await codeOf(wsTransport({ tls: { ca: selfSignedPair.cert } }), url)).toBe("TLS_FAILED");
    await visit(wsTransport({ tls: { rejectUnauthorized: false } }), url);
    await visit(trusting(), url);
    expect(resumed).not.toContain(true);
  });

  it("that the server accepts no longer lead to a whole handshake, whose session is the next", async () => {
    const { url, resumed, http } = await startWatched(version);
    const transport = trusting();
    await visit(transport, url);
    if (http instanceof TlsServer) http.setTicketKeys(randomBytes(48));
    await visit(transport, url);
    await visit(transport, url);
    expect(resumed).toEqual([false, false, true]);
  });

  it("are forgotten when a connect with them fails", async () => {
    const { url, resumed, http } = await startWatched(version);
    const transport = trusting();
    await visit(transport, url);
    http.prependOnceListener("connection", (socket) => socket.resetAndDestroy());
    expect(await codeOf(transport, url)).toBe("CONNECT_FAILED");
    await visit(transport, url);
    expect(resumed).toEqual([false, false]);
  });
});

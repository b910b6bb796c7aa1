import { once } from "node:events";
import { createServer as createPlainServer, type Server } from "node:net";
import { createServer, type TLSSocket } from "node:tls";
import { selfSignedPair, testCa, trustedPair } from "@outsock/transport-contract/node-peer";
import { describe, expect, it, onTestFinished } from "vitest";
import { wsTransport } from "../../src/index.ts";
import { connect, deferred, failure, startPeer } from "../support/connect.ts";

async function listenOn(server: Server): Promise<number> {
  server.listen(0, "127.0.0.1");
  await once(server, "listening");
  onTestFinished(() => {
    server.close();
  });
  const address = server.address();
  return typeof address === "object" && address !== null ? address.port : 0;
}

/** A TLS server that looks at its callers and answers nothing that is HTTP. */
async function startInspector() {
  const seen = deferred<TLSSocket>();
  const server = createServer({ ...trustedPair, ca: testCa, requestCert: true, rejectUnauthorized: false });
  server.on("secureConnection", (socket) => {
    seen.resolve(socket);
    socket.on("error", () => {});
    socket.end("no HTTP");
  });
  const port = await listenOn(server);
  return { port, seen: seen.promise };
}

describe("TLS options of the ws transport", () => {
  it("present the client's certificate", async () => {
    const { port, seen } = await startInspector();
    await failure(`wss://127.0.0.1:${port}/`, {}, { tls: { ca: testCa, ...trustedPair } });
    expect((await seen).authorized).toBe(true);
  });

  it("accept nothing but TLS options", () => {
    const wrong = [
      { ca: "x" },
      { tls: { port: 1 } },
      { tls: { lookup() {} } },
      { tls: { ca: 5 } },
      { tls: null },
      5,
    ];
    for (const options of wrong) expect(() => wsTransport(Object(options))).toThrow(TypeError);
  });

  it("that are undefined count as absent", async () => {
    const { port, seen } = await startInspector();
    await failure(
      `wss://localhost:${port}/`,
      {},
      { tls: { ca: testCa, servername: undefined, cert: undefined } },
    );
    expect((await seen).servername).toBe("localhost");
  });

  it("that lack the certificate the peer demands fail with TLS_FAILED", async () => {
    const server = createServer({ ...trustedPair, ca: testCa, requestCert: true, rejectUnauthorized: true });
    const port = await listenOn(server);
    const error = await failure(`wss://127.0.0.1:${port}/`, {}, { tls: { ca: testCa } });
    expect(error).toMatchObject({ code: "TLS_FAILED" });
  });

  it("send and verify the given server name", async () => {
    const { port, seen } = await startInspector();
    const named = { ca: testCa, servername: "localhost" };
    expect(await failure(`wss://127.0.0.1:${port}/`, {}, { tls: named })).toMatchObject({
      code: "PROTOCOL_ERROR",
    });
    expect((await seen).servername).toBe("localhost");
    const wrong = { ca: testCa, servername: "elsewhere.test" };
    expect(await failure(`wss://127.0.0.1:${port}/`, {}, { tls: wrong })).toMatchObject({
      code: "TLS_FAILED",
      cause: { code: "ERR_TLS_CERT_ALTNAME_INVALID" },
    });
  });

  it("send the name of the URL's host, and none for an IP address", async () => {
    const byName = await startInspector();
    await failure(`wss://localhost:${byName.port}/`, {}, { tls: { ca: testCa } });
    expect((await byName.seen).servername).toBe("localhost");
    const byAddress = await startInspector();
    await failure(`wss://127.0.0.1:${byAddress.port}/`, {}, { tls: { ca: testCa } });
    expect((await byAddress.seen).servername).toBe(false);
  });

  it("accept any certificate with rejectUnauthorized false, and only then", async () => {
    const { channel } = await connect({ tls: "self-signed" }, { tls: { rejectUnauthorized: false } });
    expect(channel.protocol).toBe("");
    const peer = await startPeer({ tls: "self-signed" });
    expect(await failure(peer.url)).toMatchObject({ code: "TLS_FAILED" });
    await connect({ tls: "self-signed" }, { tls: { ca: selfSignedPair.cert } });
  });

  it("that are no certificates fail with TLS_FAILED", async () => {
    const peer = await startPeer({ tls: "trusted" });
    const broken = { cert: "no certificate", key: "no key" };
    expect(await failure(peer.url, {}, { tls: broken })).toMatchObject({ code: "TLS_FAILED" });
  });
});

it("a peer without TLS behind a wss: URL fails with TLS_FAILED", async () => {
  const server = createPlainServer((socket) => socket.end("HTTP/1.1 400 Bad Request\r\n\r\n"));
  expect(await failure(`wss://127.0.0.1:${await listenOn(server)}/`)).toMatchObject({ code: "TLS_FAILED" });
});

it("a peer that hangs up while TLS is set up fails with CONNECT_FAILED", async () => {
  const server = createPlainServer((socket) => socket.resetAndDestroy());
  expect(await failure(`wss://127.0.0.1:${await listenOn(server)}/`)).toMatchObject({
    code: "CONNECT_FAILED",
  });
});

import { once } from "node:events";
import { createServer as createPlainServer, type Server } from "node:net";
import { createServer, type TLSSocket } from "node:tls";
import type { TlsOptions } from "@outsock/core";
import { testCa, trustedPair } from "@outsock/transport-contract/node-peer";
import { expect, onTestFinished, test } from "vitest";
import { undiciTransport } from "../../src/index.ts";
import { noEvents, requestFor, startPeer } from "../support/connect.ts";

const open = (url: string, tls?: TlsOptions) =>
  undiciTransport(tls && { tls }).open(requestFor(url), noEvents);

async function addressOf(server: Server): Promise<string> {
  server.listen(0, "127.0.0.1");
  onTestFinished(() => void server.close());
  await once(server, "listening");
  const address = server.address();
  return `wss://127.0.0.1:${typeof address === "object" ? address?.port : 0}/`;
}

/** A TLS server that looks at its callers and answers nothing that is HTTP. */
async function startInspector(): Promise<{ url: string; seen: Promise<TLSSocket> }> {
  const server = createServer({ ...trustedPair, ca: testCa, requestCert: true, rejectUnauthorized: false });
  const seen = new Promise<TLSSocket>((resolve) => {
    server.on("secureConnection", (socket) => {
      socket.on("error", () => {});
      socket.end("no HTTP");
      resolve(socket);
    });
  });
  return { url: await addressOf(server), seen };
}

test("the client's certificate is presented, given as text or as bytes", async () => {
  const asBytes = { cert: Buffer.from(trustedPair.cert), key: [Buffer.from(trustedPair.key)] };
  for (const pair of [trustedPair, asBytes]) {
    const { url, seen } = await startInspector();
    await expect(open(url, { ca: [testCa], ...pair })).rejects.toMatchObject({ code: "PROTOCOL_ERROR" });
    expect((await seen).authorized).toBe(true);
  }
});

test("servername is sent, and is the name that the certificate must be for", async () => {
  const { url, seen } = await startInspector();
  const named = open(url, { ca: testCa, servername: "localhost" });
  await expect(named).rejects.toMatchObject({ code: "PROTOCOL_ERROR" });
  expect((await seen).servername).toBe("localhost");
  await expect(open(url, { ca: testCa, servername: "elsewhere.test" })).rejects.toMatchObject({
    code: "TLS_FAILED",
    cause: { code: "ERR_TLS_CERT_ALTNAME_INVALID" },
  });
});

test("no server name is sent for an IP address", async () => {
  const { url, seen } = await startInspector();
  await expect(open(url, { ca: testCa })).rejects.toMatchObject({ code: "PROTOCOL_ERROR" });
  expect((await seen).servername).toBe(false);
});

test("a certificate that cannot be verified is taken only where the options say so", async () => {
  const peer = await startPeer({ tls: "self-signed" });
  const channel = await open(peer.url, { rejectUnauthorized: false });
  channel.terminate();
  await expect(open(peer.url)).rejects.toMatchObject({ code: "TLS_FAILED" });
});

test("a certificate and a key that are none are TLS_FAILED", async () => {
  const peer = await startPeer({ tls: "trusted" });
  const broken = { cert: "no certificate", key: "no key" };
  await expect(open(peer.url, broken)).rejects.toMatchObject({ code: "TLS_FAILED" });
  expect(peer.connectionCount).toBe(0);
});

test("TLS to a peer that speaks none is TLS_FAILED", async () => {
  const server = createPlainServer((socket) => socket.end("HTTP/1.1 400 Bad Request\r\n\r\n"));
  await expect(open(await addressOf(server))).rejects.toMatchObject({ code: "TLS_FAILED" });
});

test("a peer that hangs up while TLS is agreed is CONNECT_FAILED", async () => {
  const server = createPlainServer((socket) => socket.resetAndDestroy());
  await expect(open(await addressOf(server))).rejects.toMatchObject({ code: "CONNECT_FAILED" });
});

test("a client certificate that the peer misses only after TLS 1.3 was agreed is TLS_FAILED", async () => {
  const server = createServer({ ...trustedPair, ca: testCa, requestCert: true, minVersion: "TLSv1.3" });
  await expect(open(await addressOf(server), { ca: testCa })).rejects.toMatchObject({
    code: "TLS_FAILED",
    cause: { code: "ERR_SSL_TLSV13_ALERT_CERTIFICATE_REQUIRED" },
  });
});

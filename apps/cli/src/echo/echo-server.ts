import { once } from "node:events";
import { isIPv6 } from "node:net";
import { setTimeout as delay } from "node:timers/promises";
import { type RawData, type VerifyClientCallbackAsync, type WebSocket, WebSocketServer } from "ws";
import { exitCodes } from "../output/exit-codes.ts";
import { CliFailure } from "../output/failures.ts";
import { type ServedTape, TapeServer } from "./serve-tape.ts";

export interface EchoOptions {
  readonly host: string;
  readonly port: number;
  /** In milliseconds. */
  readonly latency?: number;
  /** An HTTP status. */
  readonly reject?: number;
  /** In milliseconds. */
  readonly retryAfter?: number;
  readonly greet?: string;
  readonly dropAfter?: number;
  readonly closeCode?: number;
  /** Replaces all of the above. */
  readonly tape?: ServedTape | undefined;
}

export interface EchoServer {
  readonly url: string;
  /** Closes every connection, waits up to half a second for the clients, then terminates them. */
  stop(): Promise<void>;
}

const closeGraceMs = 500;

/** Starts listening. @throws CliFailure LISTEN_FAILED if the address is not available. */
export async function startEchoServer(
  options: EchoOptions,
  say: (line: string) => void,
): Promise<EchoServer> {
  const { host, port } = options;
  const tape = options.tape === undefined ? undefined : new TapeServer(options.tape, say);
  const verifyClient = tape?.verifyClient ?? rejection(options, say);
  const server = new WebSocketServer({
    host,
    port,
    perMessageDeflate: false,
    ...(verifyClient && { verifyClient }),
    ...(tape && { handleProtocols: tape.handleProtocols }),
  });
  await listening(server, options);
  let connections = 0;
  server.on("connection", (client, request) => {
    connections += 1;
    if (tape === undefined) serveEcho(client, options, say, connections);
    else tape.serve(client, request, connections);
  });
  server.on("error", (error) => say(`server error: ${error.message}`));
  return {
    url: urlOf(server, host),
    stop: () => {
      tape?.stop();
      return stop(server);
    },
  };
}

function rejection(options: EchoOptions, say: (line: string) => void): VerifyClientCallbackAsync | undefined {
  const { reject, retryAfter } = options;
  if (reject === undefined) return undefined;
  const headers = retryAfter === undefined ? {} : { "Retry-After": String(Math.ceil(retryAfter / 1_000)) };
  return (_request, answer) => {
    say(`rejected with ${reject}`);
    answer(false, reject, undefined, headers);
  };
}

async function listening(server: WebSocketServer, { host, port }: EchoOptions): Promise<void> {
  try {
    await once(server, "listening");
  } catch (error) {
    const code = error instanceof Error && "code" in error ? String(error.code) : "no code";
    const message = `cannot listen on ${host}:${port} (${code})`;
    throw new CliFailure("LISTEN_FAILED", exitCodes.notConnected, message, error);
  }
}

function urlOf(server: WebSocketServer, host: string): string {
  const address = server.address();
  const port = typeof address === "object" && address !== null ? address.port : 0;
  return `ws://${isIPv6(host) ? `[${host}]` : host}:${port}`;
}

async function stop(server: WebSocketServer): Promise<void> {
  const closed = once(server, "close");
  server.close();
  for (const client of server.clients) client.close(1001, "the server is stopping");
  const grace = new AbortController();
  const terminated = delay(closeGraceMs, undefined, { signal: grace.signal }).then(
    () => {
      for (const client of server.clients) client.terminate();
    },
    () => undefined,
  );
  await closed;
  grace.abort();
  await terminated;
}

/** Serves one connection. It logs sizes, never contents. */
function serveEcho(
  client: WebSocket,
  options: EchoOptions,
  say: (line: string) => void,
  number: number,
): void {
  const log = (what: string) => say(`connection ${number} ${what}`);
  let answers = 0;
  const answer = (data: RawData, binary: boolean) => {
    if (client.readyState !== client.OPEN) return;
    answers += 1;
    const last = answers === options.dropAfter;
    // Terminate only after the answer has been written.
    client.send(data, { binary }, () => last && options.closeCode === undefined && client.terminate());
    if (last && options.closeCode !== undefined) client.close(options.closeCode);
  };
  log("opened");
  client.on("message", (data, binary) => {
    log(`sent ${sizeOf(data)} bytes`);
    if (options.latency) setTimeout(answer, options.latency, data, binary).unref();
    else answer(data, binary);
  });
  client.on("error", (error) => log(`failed: ${error.message}`));
  client.on("close", (code) => log(`closed with ${code}`));
  if (options.greet !== undefined) client.send(options.greet);
  if (options.closeCode !== undefined && options.dropAfter === undefined) client.close(options.closeCode);
}

function sizeOf(data: RawData): number {
  if (Array.isArray(data)) return data.reduce((total, part) => total + part.length, 0);
  return data.byteLength;
}

import type { RawData, WebSocket } from "ws";
import type { EchoOptions } from "./echo-server.ts";

/** Serves one connection. It tells sizes, never contents. */
export function serveEcho(
  client: WebSocket,
  options: EchoOptions,
  say: (line: string) => void,
  number: number,
): void {
  const tell = (what: string) => say(`connection ${number} ${what}`);
  let answers = 0;
  const answer = (data: RawData, binary: boolean) => {
    if (client.readyState !== client.OPEN) return;
    answers += 1;
    const last = answers === options.dropAfter;
    // Cut only when the answer has gone out.
    client.send(data, { binary }, () => last && options.closeCode === undefined && client.terminate());
    if (last && options.closeCode !== undefined) client.close(options.closeCode);
  };
  tell("opened");
  client.on("message", (data, binary) => {
    tell(`sent ${sizeOf(data)} bytes`);
    if (options.latency) setTimeout(answer, options.latency, data, binary).unref();
    else answer(data, binary);
  });
  client.on("error", (error) => tell(`failed: ${error.message}`));
  client.on("close", (code) => tell(`closed with ${code}`));
  if (options.greet !== undefined) client.send(options.greet);
  if (options.closeCode !== undefined && options.dropAfter === undefined) client.close(options.closeCode);
}

function sizeOf(data: RawData): number {
  if (Array.isArray(data)) return data.reduce((total, part) => total + part.length, 0);
  return data.byteLength;
}

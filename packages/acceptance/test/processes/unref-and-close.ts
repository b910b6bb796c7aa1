import { transportFromArguments } from "./transports.ts";

/** Closes a channel that holds no process, to a peer that does not answer, and must then end by itself. */
const [, , , url = "", ...order] = process.argv;
const request = { url, headers: {}, protocols: [], maxMessageBytes: 1_000 };
const { signal } = new AbortController();
const events = { message() {}, pong() {}, drain() {}, close() {} };
const channel = await transportFromArguments().open({ ...request, signal }, events);
for (const call of order) {
  if (call === "unref") channel.unref();
  if (call === "close") channel.close(4000);
}
process.stdout.write('"done"\n');

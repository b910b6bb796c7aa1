import { writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { createWebSocketManager, unwrap } from "@outsock/core";
import { cdp, openSession } from "@outsock/session";
import { startChromium } from "@outsock/test-servers";
import { wsTransport } from "@outsock/transport-ws";
import { screenshot } from "./screenshot.ts";

await using chromium = await startChromium().catch((reason: unknown) => {
  console.error(String(reason));
  process.exit(2);
});

// A screenshot arrives as one message, which can be larger than the default limit of 1 MiB.
const manager = createWebSocketManager({ transport: wsTransport(), maxMessageBytes: 64 * 1024 * 1024 });
// A tab is attached to one connection, so a new connection could not continue with it.
const { session } = unwrap(
  await openSession(manager, { url: chromium.url, protocol: cdp(), reconnect: false }),
);

const page = "<title>Outsock</title><body style='background: linear-gradient(teal, gold)'><h1>Hello";
const png = await screenshot(session, `data:text/html,${encodeURIComponent(page)}`);
await session.close();

const [, , file = join(tmpdir(), "outsock-screenshot.png")] = process.argv;
await writeFile(file, png);
console.log(`a PNG of ${png.readUInt32BE(16)} x ${png.readUInt32BE(20)} pixels`);

import { equal } from "node:assert/strict";
import { createWebSocketManager } from "@outsock/core";
import { manualClock } from "@outsock/core/testing";
import { createMemoryNetwork } from "@outsock/transport-memory";
import { priceOf } from "./price.ts";

// A network in memory, and a clock that the test advances: no sockets, no waiting.
const network = createMemoryNetwork();
const clock = manualClock();
const manager = createWebSocketManager({ transport: network.transport(), clock });

const server = network.listen("wss://prices.example.com", (peer) => {
  peer.send(JSON.stringify({ greeting: "hello" }));
  peer.onMessage((message) => {
    if (message === JSON.stringify({ symbol: "TIN" })) peer.send("21");
  });
});

equal(await priceOf(manager, "TIN"), "TIN costs 21");
console.log("ok: the greeting is passed over, the price is found");

const pending = priceOf(manager, "SILENCE");
await clock.advance(3_000);
equal(await pending, "no price for SILENCE, try again");
console.log("ok: three seconds of silence are an error, without waiting for them");

server.close();
equal(await priceOf(manager, "TIN"), "no price for TIN, try again");
console.log("ok: a server that is down can be retried, a wrong program cannot");

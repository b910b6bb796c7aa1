import { deepEqual, rejects, throws } from "node:assert/strict";
import { fileURLToPath } from "node:url";
import { createWebSocketManager } from "@outsock/core";
import { replayed } from "@outsock/transport-tape";
import { evaluate } from "./evaluate.ts";

// A conversation with a Node debugger, recorded by record.ts: no process, no socket, and the same answers every time.
const tape = fileURLToPath(new URL("conversation.ndjson", import.meta.url));

const replay = replayed(tape);
const manager = createWebSocketManager({ transport: replay });
const [first = "", second = ""] = replay.urls;

deepEqual(await evaluate(manager, first, "[1, 2, 3].map((n) => n * n)"), [1, 4, 9]);
console.log("ok: a value is returned unchanged");

await rejects(evaluate(manager, second, "null.length"), /TypeError: Cannot read properties of null/);
console.log("ok: what the expression throws is thrown");

replay.verify();
console.log("ok: everything on the tape was played");

// If the program sends something else, the error names the line on the tape and the place in the message.
const other = replayed(tape);
await evaluate(createWebSocketManager({ transport: other }), first, "6 * 7").catch(() => undefined);
throws(() => other.verify(), /conversation\.ndjson:4: .* at \$\.params\.expression/);
console.log("ok:", other.partings[0]?.message);

import { getWebSocketManager, unwrap } from "outsock";

const manager = getWebSocketManager();
const url = process.env.WS_URL ?? "ws://localhost:8080";

// unwrap() throws the error of a failed result, for those who prefer exceptions.
const { connection } = unwrap(await manager.connect(url));

for (const city of ["Oslo", "Lima", "Pune"]) unwrap(await manager.send(connection, { city }));

// One at a time. Messages that arrived earlier are kept, in order.
const first = await manager.receive(connection, { timeoutMs: 2_000 });
if (first.success) console.log("received:", first.data.response);

// Or as a stream, which ends when the peer closes. Leaving the loop keeps the connection open.
let left = 2;
for await (const message of connection) {
  console.log("streamed:", message);
  left -= 1;
  if (left === 0) break;
}

const { code, clean } = unwrap(await manager.close(connection));
console.log("closed:", { code, clean });

// One of several processes that share a limit. It sends as fast as the limit allows.
import { redisLimiter } from "@outsock/limiter-redis";
import { createWebSocketManager, serverLimits, unwrap, wsTransport } from "outsock";
import { createClient } from "redis";

const { REDIS_SOCKET = "", WS_URL = "ws://localhost:8080", DURATION_MS = "5000" } = process.env;

const redis = createClient({ socket: { path: REDIS_SOCKET, tls: false } });
// Without a listener, an error of the client would end the process. The limiter notices failed commands by itself.
redis.on("error", () => undefined);
await redis.connect();

const manager = createWebSocketManager({
  transport: wsTransport(),
  limits: serverLimits({
    // The server allows 300 messages in any second, from all processes together. Without Redis, send none.
    message: redisLimiter(redis, {
      key: "exchange.example:messages",
      limit: 300,
      lease: 10,
      leaseMs: 20,
      onUnavailable: "closed",
      commandTimeoutMs: 100,
      retryMs: 100,
    }),
  }),
  onLimit: { wait: 5_000 },
});

const { connection } = unwrap(await manager.connect(WS_URL));
const untilMs = performance.now() + Number(DURATION_MS);
for (let n = 0; performance.now() < untilMs; n += 1) await manager.send(connection, { n });
await manager.dispose();
redis.destroy();

export type { ServingProcess } from "./child.ts";
export { findChromium, startChromium } from "./chromium.ts";
export { CountingServer, startCountingServer } from "./counting.ts";
export { type HomeAssistantOptions, HomeAssistantServer, startHomeAssistant } from "./home-assistant.ts";
export { startInspector } from "./inspector.ts";
export { JsonRpcTestServer, startJsonRpcServer } from "./json-rpc.ts";
export { findRedis, type RedisServer, type RedisServerOptions, startRedis } from "./redis.ts";
export { type RotatingOptions, RotatingServer, startRotatingServer } from "./rotating.ts";
export { TestServer } from "./server.ts";

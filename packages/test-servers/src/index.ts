export { findChromium, startChromium } from "./chromium.ts";
export { Arrivals, CountingServer, startCountingServer } from "./counting-server.ts";
export {
  HomeAssistantServer,
  type HomeAssistantServerOptions,
  startHomeAssistant,
} from "./home-assistant.ts";
export { JsonRpcTestServer, startJsonRpcServer } from "./json-rpc.ts";
export { findRedis, type RedisServer, type RedisServerOptions, startRedis } from "./redis.ts";
export { type RotatingOptions, RotatingServer, startRotatingServer } from "./rotating.ts";
export { type ServingProcess, startInspectorProcess } from "./serving-process.ts";
export { TestServer } from "./test-server.ts";

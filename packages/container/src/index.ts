export { registerWebSocketManager } from "./registration.ts";
export { findWebSocketManager, getWebSocketManager } from "./singleton.ts";
export { tokens } from "./tokens.ts";

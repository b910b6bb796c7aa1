import { joinProcess } from "./singleton.ts";

export { registerWebSocketManager } from "./registration.ts";
export { ensureWebSocketManager, findWebSocketManager, getWebSocketManager } from "./singleton.ts";
export { tokens } from "./tokens.ts";

joinProcess();

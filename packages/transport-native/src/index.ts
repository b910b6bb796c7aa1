export { type NativeTransportOptions, nativeTransport } from "./native-transport.ts";
export type { NativeCloseEvent, NativeWebSocket, NativeWebSocketConstructor } from "./web-socket.ts";

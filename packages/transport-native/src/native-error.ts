import { TransportError } from "@outsock/core";

// The platform gives no reasons, so that pages cannot explore networks (WHATWG WebSockets 4, "feedback").

export function notOpenedError(): TransportError {
  return new TransportError("CONNECT_FAILED", "the WebSocket did not open; the platform does not say why");
}

export function refusedError(): TransportError {
  return new TransportError("CONNECT_FAILED", "the platform refuses the address, a header or a subprotocol");
}

export function abortedError(): TransportError {
  return new TransportError("ABORTED", "the attempt was aborted");
}

export function closedError(): TransportError {
  return new TransportError("CONNECTION_CLOSED", "the connection is closing or closed");
}

export function connectionLostError(): TransportError {
  return new TransportError("CONNECTION_CLOSED", "the connection ended without a Close frame");
}

export function tooBigError(): TransportError {
  return new TransportError("MESSAGE_TOO_BIG", "a message is larger than the limit");
}

import { ignoreRejection, isPromiseLike } from "../adapter/promise-like.ts";
import type { IncomingMessage } from "../ports/channel.ts";
import type { ManagedConnection } from "./managed-connection.ts";

/** What the connection's codec makes of a message. Throws where it cannot, and where it answers later. */
export function decode(connection: ManagedConnection, message: IncomingMessage): unknown {
  const decoded = connection.codec.decode(message);
  if (!isPromiseLike(decoded)) return decoded;
  ignoreRejection(decoded);
  throw new TypeError("the codec answered with a promise");
}

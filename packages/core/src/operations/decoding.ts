import type { ManagedConnection } from "../managed-connection.ts";
import type { IncomingMessage } from "../ports/channel.ts";
import { ignoreRejection, isPromiseLike } from "../promise-like.ts";

/** What the connection's codec makes of a message. Throws where it cannot, and where it answers later. */
export function decode(connection: ManagedConnection, message: IncomingMessage): unknown {
  const decoded = connection.codec.decode(message);
  if (!isPromiseLike(decoded)) return decoded;
  ignoreRejection(decoded);
  throw new TypeError("the codec answered with a promise");
}

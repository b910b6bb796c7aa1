import { PerUrl, serverOf } from "@outsock/core/adapter";

/** The server of an operation or connection, as messages name it. */
export interface ServerFields {
  readonly serverAddress?: string;
  readonly serverPort?: number;
}

const unknownServer: ServerFields = Object.freeze({});

/** The server fields of URLs. */
export class ServerFieldsCache {
  readonly #cache: PerUrl<ServerFields> = new PerUrl(serverFieldsOf);

  of(url: string | undefined): ServerFields {
    return url === undefined ? unknownServer : this.#cache.of(url);
  }
}

function serverFieldsOf(url: string): ServerFields {
  const server = serverOf(url);
  return server === undefined ? unknownServer : { serverAddress: server.address, serverPort: server.port };
}

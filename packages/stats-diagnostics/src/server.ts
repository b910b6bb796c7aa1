import { PerUrl, serverOf } from "@outsock/core/adapter";

/** Who was talked to, by host and port. */
export interface Server {
  readonly serverAddress?: string;
  readonly serverPort?: number;
}

const nowhere: Server = Object.freeze({});

/** The server of a URL. */
export class Servers {
  readonly #known: PerUrl<Server> = new PerUrl(namesOf);

  of(url: string | undefined): Server {
    return url === undefined ? nowhere : this.#known.of(url);
  }
}

function namesOf(url: string): Server {
  const server = serverOf(url);
  return server === undefined ? nowhere : { serverAddress: server.address, serverPort: server.port };
}

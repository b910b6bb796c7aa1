import { PerUrl, serverOf } from "@outsock/core/adapter";

/** Who was talked to, under the names of the OpenTelemetry conventions. */
export type ServerAttributes = { readonly "server.address": string; readonly "server.port": number };

/** The server of a URL. */
export class Servers {
  readonly #known: PerUrl<ServerAttributes | undefined> = new PerUrl(attributesOf);

  of(url: string | undefined): ServerAttributes | undefined {
    return url === undefined ? undefined : this.#known.of(url);
  }
}

function attributesOf(url: string): ServerAttributes | undefined {
  const server = serverOf(url);
  return server === undefined ? undefined : { "server.address": server.address, "server.port": server.port };
}

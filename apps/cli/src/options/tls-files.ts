import { readFile } from "node:fs/promises";
import type { WsTransportOptions } from "@outsock/transport-ws";
import { UsageError } from "../output/usage-error.ts";
import type { DialFlags } from "./connection-options.ts";

type WsTlsOptions = NonNullable<WsTransportOptions["tls"]>;

/** What the flags say about TLS, with the files read. @throws UsageError for a file that cannot be read. */
export async function readTlsOptions(flags: DialFlags): Promise<WsTlsOptions> {
  if ((flags.cert === undefined) !== (flags.key === undefined)) {
    throw new UsageError("--cert and --key belong together");
  }
  const [ca, cert, key] = await Promise.all([
    readPem("--ca", flags.ca),
    readPem("--cert", flags.cert),
    readPem("--key", flags.key),
  ]);
  return {
    ...(ca && { ca }),
    ...(cert && { cert }),
    ...(key && { key }),
    ...(flags.insecure && { rejectUnauthorized: false }),
  };
}

async function readPem(option: string, path: string | undefined): Promise<Buffer | undefined> {
  if (path === undefined) return undefined;
  try {
    return await readFile(path);
  } catch (error) {
    const code = error instanceof Error && "code" in error ? String(error.code) : "unreadable";
    throw new UsageError(`${option}: ${path} cannot be read (${code})`, { cause: error });
  }
}

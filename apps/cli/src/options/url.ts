import { UsageError } from "../output/usage-error.ts";
import { environmentValue } from "./headers.ts";

export interface Target {
  readonly url: string;
  /** The arguments that are not the URL. */
  readonly rest: readonly string[];
}

/** The URL is the first argument, unless `--url-env` names a variable that holds it. */
export function readTarget(args: readonly string[], urlEnv: string | undefined): Target {
  if (urlEnv !== undefined) return { url: environmentValue(urlEnv, process.env), rest: args };
  const [url, ...rest] = args;
  if (url === undefined) throw new UsageError("the URL is missing");
  if (url === "-")
    throw new UsageError("the URL cannot be read from stdin; --url-env takes it from the environment");
  checkScheme(url);
  return { url, rest };
}

/** `localhost:8080` would be a URL whose scheme is localhost. */
function checkScheme(url: string): void {
  if (url === "" || /^[a-z][a-z0-9+.-]*:\/\//i.test(url)) return;
  // What may hold a secret is not shown.
  const [, host, rest] = /^([\w.-]+)((?::\d+)?(?:\/[^?#@]*)?)$/.exec(url) ?? [];
  if (host === undefined) throw new UsageError("the URL has no scheme; a URL looks like wss://host/path");
  const local = /^(?:localhost|127\.[\d.]+)$/i.test(host);
  throw new UsageError(`the URL has no scheme; write ${local ? "ws" : "wss"}://${host}${rest}`);
}

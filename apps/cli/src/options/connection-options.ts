import { readFile } from "node:fs/promises";
import type { WsTransportOptions } from "@outsock/transport-ws";
import { type Command, Option } from "commander";
import { UsageError } from "../output/failures.ts";
import { collect, positiveInteger, timeout } from "./parsers.ts";

export type CodecName = "json" | "text";

/** The flags of every command that dials. */
export interface DialFlags {
  readonly urlEnv?: string;
  readonly header?: readonly string[];
  readonly headerEnv?: readonly string[];
  readonly subprotocol?: readonly string[];
  readonly ca?: string;
  readonly cert?: string;
  readonly key?: string;
  readonly insecure?: boolean;
  /** In milliseconds. */
  readonly timeout: number;
  readonly maxMessageBytes: number;
  readonly maxBufferedBytes: number;
  readonly json?: boolean;
}

/** The flags of those whose messages are the caller's own. */
export interface ConnectionFlags extends DialFlags {
  readonly codec: CodecName;
}

const mebibyte = 1024 * 1024;

/** The most that waits to be sent, unless the flags say otherwise. */
export const maxBufferedBytes: number = 16 * mebibyte;

/** Adds them to a command, with its largest message accepted. */
export function addConnectionOptions(command: Command, maxMessageBytes?: number): Command {
  return addDialOptions(command, maxMessageBytes).addOption(codecOption());
}

export function addDialOptions(command: Command, maxMessageBytes: number = mebibyte): Command {
  return command
    .option("--url-env <variable>", "take the URL from the environment, not from the command line")
    .option("-H, --header <'Name: value'>", "send a header with the handshake (repeatable)", collect)
    .option("--header-env <Name=VARIABLE>", "the same, its value from the environment (repeatable)", collect)
    .option("-s, --subprotocol <name>", "offer a subprotocol (repeatable)", collect)
    .option("--ca <file>", "trust these certificate authorities (PEM) and no others")
    .option("--cert <file>", "present this client certificate (PEM); needs --key")
    .option("--key <file>", "the client certificate's private key (PEM)")
    .option("--insecure", "do not check the server's certificate: anybody can pretend to be the server")
    .addOption(timeoutOption())
    .option("--max-message-bytes <n>", "the largest message accepted", positiveInteger, maxMessageBytes)
    .option("--max-buffered-bytes <n>", "the largest message sent", positiveInteger, maxBufferedBytes)
    .addOption(jsonOption());
}

export function jsonOption(): Option {
  return new Option("--json", "print for programs: one JSON document a line");
}

function timeoutOption(): Option {
  return new Option("--timeout <duration>", "how long it may take, such as 500ms, 5s or 2m")
    .argParser(timeout)
    .default(10_000, "10s");
}

function codecOption(): Option {
  return new Option("--codec <name>", "what messages are").choices(["json", "text"]).default("json");
}

export interface UrlArguments {
  readonly url: string;
  /** The arguments that are not the URL. */
  readonly rest: readonly string[];
}

/** The URL is the first argument, unless `--url-env` names a variable that holds it. */
export function readUrlArguments(args: readonly string[], urlEnv: string | undefined): UrlArguments {
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

/**
 * The handshake's headers, out of `Name: value` and `Name=VARIABLE`. What HTTP allows in them, the library checks.
 * @throws UsageError, which never shows a value.
 */
export function readHeaders(
  headers: readonly string[],
  headersFromEnvironment: readonly string[],
  environment: NodeJS.ProcessEnv,
): Record<string, string> {
  const pairs = [
    ...headers.map(splitHeader),
    ...headersFromEnvironment.map((text) => takeFromEnvironment(text, environment)),
  ];
  const names = new Set<string>();
  for (const [name] of pairs) {
    if (names.has(name.toLowerCase())) throw new UsageError(`the header ${name} is given twice`);
    names.add(name.toLowerCase());
  }
  return Object.fromEntries(pairs);
}

/** The value of an environment variable. @throws UsageError when it is not set or empty. */
export function environmentValue(variable: string, environment: NodeJS.ProcessEnv): string {
  const value = environment[variable];
  if (value === undefined || value === "") {
    throw new UsageError(`the environment variable ${variable} is ${value === "" ? "empty" : "not set"}`);
  }
  return value;
}

function splitHeader(text: string): [string, string] {
  const colon = text.indexOf(":");
  if (colon < 1) throw new UsageError("a header is written 'Name: value'");
  return [text.slice(0, colon).trim(), text.slice(colon + 1).trim()];
}

function takeFromEnvironment(text: string, environment: NodeJS.ProcessEnv): [string, string] {
  const equals = text.indexOf("=");
  if (equals < 1 || equals === text.length - 1) {
    throw new UsageError("--header-env is written Name=VARIABLE");
  }
  const value = environmentValue(text.slice(equals + 1).trim(), environment);
  return [text.slice(0, equals).trim(), value.trim()];
}

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

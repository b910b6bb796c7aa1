import { readFile } from "node:fs/promises";
import type { WsTransportOptions } from "@outsock/transport-ws";
import { type Command, Option } from "commander";
import { UsageError } from "../output/failures.ts";
import { collect, positiveInteger, timeout } from "./parsers.ts";

export type CodecName = "json" | "text";

/** The flags of every command that connects. */
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

/** The flags of commands that send messages of the user. */
export interface ConnectionFlags extends DialFlags {
  readonly codec: CodecName;
}

const mebibyte = 1024 * 1024;

/** The default limit on bytes buffered for sending. */
export const maxBufferedBytes: number = 16 * mebibyte;

/** Adds the flags to a command, with a default for the largest message accepted. */
export function addConnectionOptions(command: Command, maxMessageBytes?: number): Command {
  return addDialOptions(command, maxMessageBytes).addOption(codecOption());
}

export function addDialOptions(command: Command, maxMessageBytes: number = mebibyte): Command {
  return command
    .option("--url-env <variable>", "read the URL from an environment variable")
    .option("-H, --header <'Name: value'>", "send a header with the handshake (repeatable)", collect)
    .option(
      "--header-env <Name=VARIABLE>",
      "the same, with the value of an environment variable (repeatable)",
      collect,
    )
    .option("-s, --subprotocol <name>", "offer a subprotocol (repeatable)", collect)
    .option("--ca <file>", "trust only these certificate authorities (PEM)")
    .option("--cert <file>", "client certificate (PEM); needs --key")
    .option("--key <file>", "private key of the client certificate (PEM)")
    .option("--insecure", "skip certificate checks: anyone can impersonate the server")
    .addOption(timeoutOption())
    .option("--max-message-bytes <n>", "largest message to accept", positiveInteger, maxMessageBytes)
    .option("--max-buffered-bytes <n>", "largest message to send", positiveInteger, maxBufferedBytes)
    .addOption(jsonOption());
}

export function jsonOption(): Option {
  return new Option("--json", "print one JSON document per line, for programs");
}

function timeoutOption(): Option {
  return new Option("--timeout <duration>", "time limit, such as 500ms, 5s or 2m")
    .argParser(timeout)
    .default(10_000, "10s");
}

function codecOption(): Option {
  return new Option("--codec <name>", "message format").choices(["json", "text"]).default("json");
}

export interface UrlArguments {
  readonly url: string;
  /** The arguments after the URL. */
  readonly rest: readonly string[];
}

/** The URL is the first argument, unless `--url-env` names a variable that holds it. */
export function readUrlArguments(args: readonly string[], urlEnv: string | undefined): UrlArguments {
  if (urlEnv !== undefined) return { url: environmentValue(urlEnv, process.env), rest: args };
  const [url, ...rest] = args;
  if (url === undefined) throw new UsageError("the URL is missing");
  if (url === "-")
    throw new UsageError("the URL cannot be read from stdin; use --url-env to read it from the environment");
  checkScheme(url);
  return { url, rest };
}

/** `localhost:8080` would parse as a URL with the scheme localhost. */
function checkScheme(url: string): void {
  if (url === "" || /^[a-z][a-z0-9+.-]*:\/\//i.test(url)) return;
  // The rest may hold a secret, so it is not shown.
  const [, host, rest] = /^([\w.-]+)((?::\d+)?(?:\/[^?#@]*)?)$/.exec(url) ?? [];
  if (host === undefined) throw new UsageError("the URL has no scheme; a URL looks like wss://host/path");
  const local = /^(?:localhost|127\.[\d.]+)$/i.test(host);
  throw new UsageError(`the URL has no scheme; write ${local ? "ws" : "wss"}://${host}${rest}`);
}

/**
 * The handshake's headers, from `Name: value` and `Name=VARIABLE`. The library checks that they are valid HTTP.
 * @throws UsageError, whose message never contains a value.
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

/** The value of an environment variable. @throws UsageError if it is unset or empty. */
export function environmentValue(variable: string, environment: NodeJS.ProcessEnv): string {
  const value = environment[variable];
  if (value === undefined || value === "") {
    throw new UsageError(`the environment variable ${variable} is ${value === "" ? "empty" : "not set"}`);
  }
  return value;
}

function splitHeader(text: string): [string, string] {
  const colon = text.indexOf(":");
  if (colon < 1) throw new UsageError("a header looks like 'Name: value'");
  return [text.slice(0, colon).trim(), text.slice(colon + 1).trim()];
}

function takeFromEnvironment(text: string, environment: NodeJS.ProcessEnv): [string, string] {
  const equals = text.indexOf("=");
  if (equals < 1 || equals === text.length - 1) {
    throw new UsageError("--header-env takes Name=VARIABLE");
  }
  const value = environmentValue(text.slice(equals + 1).trim(), environment);
  return [text.slice(0, equals).trim(), value.trim()];
}

type WsTlsOptions = NonNullable<WsTransportOptions["tls"]>;

/** The TLS options, with their files read. @throws UsageError if a file cannot be read. */
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
    throw new UsageError(`${option}: cannot read ${path} (${code})`, { cause: error });
  }
}

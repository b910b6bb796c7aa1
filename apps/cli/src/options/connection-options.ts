import type { Command } from "commander";
import { Option } from "commander";
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

import { cdp, homeAssistant, jsonRpc, type PlainOptions, type Protocol, plain } from "@outsock/session";
import { type Command, Option } from "commander";
import { UsageError } from "../output/failures.ts";
import { environmentValue } from "./connection-options.ts";

type ProtocolName = "jsonrpc" | "homeassistant" | "cdp" | "plain";

/** The flags of commands that use a protocol. */
export interface ProtocolFlags {
  readonly protocol?: ProtocolName;
  readonly tokenEnv?: string;
  readonly scope?: string;
  readonly idPath?: string;
  readonly matchPath?: string;
  readonly methodPath?: string;
  readonly paramsPath?: string;
}

export function addProtocolOptions(command: Command): Command {
  const names = ["jsonrpc", "homeassistant", "cdp", "plain"];
  return command
    .addOption(new Option("--protocol <name>", "protocol of the server").choices(names))
    .option("--token-env <variable>", "with homeassistant: environment variable with the access token")
    .option("--scope <id>", "with cdp: sessionId of a target")
    .option("--id-path <path>", "with plain: path of the id in a message, such as meta.id (default: id)")
    .option("--match-path <path>", "with plain: path of the id in an answer (default: the same)")
    .option("--method-path <path>", "with plain: path of the method (default: method)")
    .option("--params-path <path>", "with plain: path of the parameters (default: beside the method)");
}

/** The protocol that each flag belongs to. */
const flagsOf = {
  tokenEnv: { flag: "--token-env", protocol: "homeassistant" },
  scope: { flag: "--scope", protocol: "cdp" },
  idPath: { flag: "--id-path", protocol: "plain" },
  matchPath: { flag: "--match-path", protocol: "plain" },
  methodPath: { flag: "--method-path", protocol: "plain" },
  paramsPath: { flag: "--params-path", protocol: "plain" },
} as const;

/** @throws UsageError for a flag of another protocol, or a missing one. */
export function readProtocol(flags: ProtocolFlags, name: ProtocolName): Protocol {
  for (const { flag, protocol } of foreignFlags(flags, name)) {
    throw new UsageError(`${flag} goes with --protocol ${protocol}, not with ${name}`);
  }
  switch (name) {
    case "jsonrpc":
      return jsonRpc();
    case "homeassistant":
      return homeAssistant({ token: readToken(flags) });
    case "cdp":
      return cdp();
    case "plain":
      return readPlain(flags);
  }
}

function foreignFlags(flags: ProtocolFlags, name: string): readonly { flag: string; protocol: string }[] {
  return Object.entries(flagsOf)
    .filter(([key, { protocol }]) => Object.hasOwn(flags, key) && protocol !== name)
    .map(([, belonging]) => belonging);
}

function readToken({ tokenEnv }: ProtocolFlags): string {
  if (tokenEnv === undefined) {
    throw new UsageError("homeassistant needs --token-env, the environment variable with the access token");
  }
  return environmentValue(tokenEnv, process.env);
}

function readPlain({ idPath, matchPath, methodPath, paramsPath }: ProtocolFlags): Protocol {
  const options: PlainOptions = {
    ...(idPath !== undefined && { id: idPath }),
    ...(matchPath !== undefined && { match: matchPath }),
    ...(methodPath !== undefined && { method: methodPath }),
    ...(paramsPath !== undefined && { params: paramsPath }),
  };
  try {
    return plain(options);
  } catch (error) {
    if (!(error instanceof TypeError)) throw error;
    throw new UsageError(error.message.replace(/^\w+: /, ""), { cause: error });
  }
}

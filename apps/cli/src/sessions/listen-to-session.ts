import { type OutsockError, unwrap } from "@outsock/core";
import type { Session, Subscription } from "@outsock/session";
import { type ListenFlags, limitListening, tooFew } from "../connection/listening.ts";
import { readCall } from "../messages/read-message.ts";
import { type ProtocolFlags, readProtocol } from "../options/protocol-options.ts";
import { type ExitCode, exitCodes } from "../output/exit-codes.ts";
import { UsageError } from "../output/failures.ts";
import { toJsonLine } from "../output/output.ts";
import type { CommandContext } from "../perform.ts";
import { openCliSession } from "./open-cli-session.ts";

export interface SubscribeFlags extends ListenFlags, ProtocolFlags {
  readonly subscribe?: readonly string[];
}

/** Prints events until the flags or Ctrl-C end it. A lost connection does not end it. */
export async function listenToSession(
  url: string,
  flags: SubscribeFlags,
  context: CommandContext,
): Promise<ExitCode> {
  if (flags.protocol === undefined) throw new UsageError("--subscribe needs --protocol");
  if (flags.send !== undefined)
    throw new UsageError("--send cannot be used with --protocol; use --subscribe");
  const protocol = readProtocol(flags, flags.protocol);
  const calls = (flags.subscribe ?? []).map(readCall);
  await using opened = await openCliSession(url, protocol, flags, context);
  const { session } = opened;
  context.output.say(`connected, protocol ${protocol.name}`);
  const listening = new Listening(session, flags, context);
  using _bounds = limitListening(flags.for, context.signal, (by) => listening.stop(by));
  if (calls.length === 0) listening.takeAll();
  for (const { method, params } of calls) {
    const { signal } = context;
    const { scope } = flags;
    const { subscription } = unwrap(await session.subscribe(method, params, { signal, scope }));
    listening.take(subscription);
  }
  return await listening.end();
}

class Listening {
  readonly #flags: SubscribeFlags;
  readonly #context: CommandContext;
  readonly #session: Session;
  readonly #ended: Promise<"count" | "time" | "interrupt">;
  #stop: (by: "count" | "time" | "interrupt") => void = () => undefined;
  #fail: (error: OutsockError | undefined) => void = () => undefined;
  #printed = 0;

  constructor(session: Session, flags: SubscribeFlags, context: CommandContext) {
    this.#session = session;
    this.#flags = flags;
    this.#context = context;
    this.#ended = new Promise((resolve, reject) => {
      this.#stop = resolve;
      this.#fail = reject;
    });
    this.#ended.catch(() => undefined);
    session.on("state", ({ state, error }) => {
      if (state === "closed" && error !== undefined) this.#fail(error);
    });
  }

  stop(by: "count" | "time" | "interrupt"): void {
    this.#stop(by);
  }

  /** Prints every event, with its topic. */
  takeAll(): void {
    let printed = Promise.resolve();
    this.#session.on("event", (event) => {
      printed = printed.then(() => this.#print(event));
    });
  }

  take(subscription: Subscription): void {
    const loop = async (): Promise<void> => {
      for await (const event of subscription) await this.#print(event);
    };
    loop().catch((error) => this.#fail(error));
  }

  async end(): Promise<ExitCode> {
    const by = await this.#ended;
    const { output, signal } = this.#context;
    output.say(`${this.#printed} ${this.#printed === 1 ? "event" : "events"}`);
    if (by === "interrupt") throw signal.reason;
    const { count } = this.#flags;
    if (count !== undefined && this.#printed < count) throw tooFew(this.#printed, count);
    return exitCodes.ok;
  }

  async #print(event: unknown): Promise<void> {
    const { count } = this.#flags;
    if (count !== undefined && this.#printed >= count) return;
    this.#printed += 1;
    const { output } = this.#context;
    await output.print(toJsonLine(output.json ? { success: true, data: { event } } : event));
    if (this.#printed === count) this.#stop("count");
  }
}

import { unwrap } from "@outsock/core";
import type { Session, Subscription } from "@outsock/session";
import { withUsageErrors } from "../connection/dialling.ts";
import { readCall } from "../messages/read-message.ts";
import { UsageError } from "../output/failures.ts";
import { type Output, toJsonLine } from "../output/output.ts";
import type { Prompt } from "./prompt.ts";
import type { ReplBackend } from "./run-repl.ts";

/** Every line is a call; what the server tells without being asked is printed as it comes. */
export function sessionBackend(
  session: Session,
  prompt: Prompt,
  output: Output,
  options: { readonly scope: string | undefined; readonly signal: AbortSignal },
): ReplBackend {
  const subscriptions = new Map<string, Subscription>();
  const show = (kind: "response" | "event" | "stats", value: unknown): Promise<void> =>
    prompt.print(toJsonLine(output.json ? { success: true, data: { [kind]: value } } : (value ?? null)));
  session.on("event", (event) => show("event", event));
  const follow = async (subscription: Subscription): Promise<void> => {
    for await (const event of subscription) await show("event", event);
  };
  const commands: Readonly<Record<string, (rest: string) => Promise<void>>> = {
    async notify(rest) {
      const { method, params } = readCall(rest);
      unwrap(await withUsageErrors(() => session.notify(method, params, options)));
    },
    async subscribe(rest) {
      const { method, params } = readCall(rest);
      const { subscription } = unwrap(await session.subscribe(method, params, options));
      await subscriptions.get(method)?.close();
      subscriptions.set(method, subscription);
      await prompt.aside(() => output.say(`following; /unsubscribe ${method} ends it`));
      follow(subscription).catch((error) => prompt.aside(() => output.fail(error)));
    },
    async unsubscribe(method) {
      const subscription = subscriptions.get(method);
      if (subscription === undefined) throw new UsageError(`${method || "that"} is not followed`);
      subscriptions.delete(method);
      await subscription.close();
    },
    async stats() {
      await show("stats", session.getStats());
    },
    async state() {
      await prompt.print(session.state);
    },
  };
  return {
    help: [
      "<method> [params]            call it and print the answer; params are JSON",
      "/notify <method> [params]    tell the server something it does not answer",
      "/subscribe <method> [params] follow it: events are printed as they come",
      "/unsubscribe <method>        follow it no more",
      "/state, /stats               how the session is, and what it counted",
    ],
    async say(line) {
      const { method, params } = readCall(line);
      const { response } = unwrap(await session.call(method, params, options));
      await show("response", response);
    },
    async command(name, rest) {
      const run = Object.hasOwn(commands, name) ? commands[name] : undefined;
      await run?.(rest);
      return run !== undefined;
    },
  };
}

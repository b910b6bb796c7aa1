import { unwrap } from "@outsock/core";
import type { Session, Subscription } from "@outsock/session";
import { withUsageErrors } from "../connection/dialling.ts";
import { readCall } from "../messages/read-message.ts";
import { UsageError } from "../output/failures.ts";
import { type Output, toJsonLine } from "../output/output.ts";
import type { Prompt } from "./prompt.ts";
import type { ReplBackend } from "./run-repl.ts";

/** Every line is a call; events are printed as they arrive. */
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
      await prompt.aside(() => output.say(`subscribed; /unsubscribe ${method} ends it`));
      follow(subscription).catch((error) => prompt.aside(() => output.fail(error)));
    },
    async unsubscribe(method) {
      const subscription = subscriptions.get(method);
      if (subscription === undefined) throw new UsageError(`not subscribed to ${method || "that"}`);
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
      "<method> [params]            call a method and print the answer; params are JSON",
      "/notify <method> [params]    send a notification, which has no answer",
      "/subscribe <method> [params] subscribe: events are printed as they arrive",
      "/unsubscribe <method>        end a subscription",
      "/state, /stats               show the session's state, and its counters",
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

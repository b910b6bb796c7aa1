import { unwrap } from "@outsock/core";
import type { Session, Subscription } from "@outsock/session";
import { readCall } from "../options/params.ts";
import type { Output } from "../output.ts";
import { UsageError } from "../usage-error.ts";
import type { Conversation } from "./conversation.ts";
import type { Prompt } from "./prompt.ts";

/** Every line is a call; what the server tells without being asked is printed as it comes. */
export function sessionConversation(
  session: Session,
  prompt: Prompt,
  output: Output,
  scope: string | undefined,
): Conversation {
  session.on("event", (event) => prompt.print(JSON.stringify(event)));
  const follow = async (subscription: Subscription): Promise<void> => {
    for await (const event of subscription) await prompt.print(JSON.stringify(event));
  };
  const commands: Readonly<Record<string, (rest: string) => Promise<void>>> = {
    async notify(rest) {
      const { method, params } = readCall(rest);
      unwrap(await written(session.notify(method, params, { scope })));
    },
    async subscribe(rest) {
      const { method, params } = readCall(rest);
      const { subscription } = unwrap(await session.subscribe(method, params, { scope }));
      follow(subscription).catch((error) => prompt.aside(() => output.fail(error)));
    },
    async stats() {
      await prompt.print(JSON.stringify(session.getStats()));
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
      "/state, /stats               how the session is, and what it counted",
    ],
    async say(line) {
      const { method, params } = readCall(line);
      const { response } = unwrap(await session.call(method, params, { scope }));
      await prompt.print(JSON.stringify(response ?? null));
    },
    async command(name, rest) {
      const run = Object.hasOwn(commands, name) ? commands[name] : undefined;
      await run?.(rest);
      return run !== undefined;
    },
  };
}

async function written<Answer>(answer: Promise<Answer>): Promise<Answer> {
  try {
    return await answer;
  } catch (error) {
    if (error instanceof TypeError)
      throw new UsageError(error.message.replace(/^\w+: /, ""), { cause: error });
    throw error;
  }
}

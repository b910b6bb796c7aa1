import { isOutsockError } from "@outsock/core";
import { UsageError } from "../output/failures.ts";
import type { Output } from "../output/output.ts";
import type { Prompt } from "./prompt.ts";

/**
 * Reads lines until they end or `over` is aborted; `over` is always aborted at the end. On a terminal the next line can
 * be typed while the previous one is still being answered.
 */
export async function runRepl(
  prompt: Prompt,
  backend: ReplBackend,
  output: Output,
  over: AbortController,
): Promise<void> {
  const running = new Set<Promise<void>>();
  for await (const line of prompt.lines()) {
    const text = line.trim();
    if (text === "/quit") break;
    const answered = answer(text, backend, prompt, output).catch((error) => {
      // Failures after the end of the repl are of no interest.
      if (!over.signal.aborted) throw error;
    });
    if (!prompt.interactive) await answered;
    running.add(answered);
    void answered.then(() => running.delete(answered));
  }
  // Stop waiting for answers.
  over.abort();
  await Promise.all(running);
}

/** Reports a failure, so that the repl can continue with the next line. */
async function answer(text: string, backend: ReplBackend, prompt: Prompt, output: Output): Promise<void> {
  try {
    await perform(text, backend, prompt);
  } catch (error) {
    if (isOutsockError(error) && error.code === "ABORTED") return;
    if (isOutsockError(error)) await prompt.aside(() => output.fail(error));
    else if (error instanceof UsageError) await prompt.aside(() => output.warn(`error: ${error.message}`));
    else throw error;
  }
}

async function perform(text: string, backend: ReplBackend, prompt: Prompt): Promise<void> {
  if (text === "") return;
  if (text === "/help") {
    for (const line of [...backend.help, "/quit           leave (also Ctrl-D)"]) await prompt.print(line);
    return;
  }
  // A message that begins with a slash is typed with two.
  if (!text.startsWith("/") || text.startsWith("//")) {
    await backend.say(text.replace(/^\/\//, "/"));
    return;
  }
  const [, name = "", rest = ""] = /^\/(\S*)\s*(.*)$/s.exec(text) ?? [];
  if (!(await backend.command(name, rest))) throw new UsageError(`there is no command /${name}; see /help`);
}

/** What a repl talks to: a plain connection, or a session with a protocol. */
export interface ReplBackend {
  /** The lines of `/help`. */
  readonly help: readonly string[];
  /** Handles a line that is not a command: a message, or a call. */
  say(line: string): Promise<void>;
  /** Runs a command, given without its slash. False if it is unknown. */
  command(name: string, rest: string): Promise<boolean>;
}

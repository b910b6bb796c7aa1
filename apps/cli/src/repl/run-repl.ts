import { isOutsockError } from "@outsock/core";
import { UsageError } from "../output/failures.ts";
import type { Output } from "../output/output.ts";
import type { Prompt } from "./prompt.ts";

/** Takes lines until they end, or `over` is aborted, which ending aborts. On a terminal the next one can be typed while one is still being answered. */
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
      // Whoever leaves does not want to know what became of it.
      if (!over.signal.aborted) throw error;
    });
    if (!prompt.interactive) await answered;
    running.add(answered);
    void answered.then(() => running.delete(answered));
  }
  // Nobody waits any more for what is not answered yet.
  over.abort();
  await Promise.all(running);
}

/** What goes wrong is told, and the next line goes on. */
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
    for (const line of [...backend.help, "/quit           end (so does Ctrl-D)"]) await prompt.print(line);
    return;
  }
  // A message that begins with a slash is written with two.
  if (!text.startsWith("/") || text.startsWith("//")) {
    await backend.say(text.replace(/^\/\//, "/"));
    return;
  }
  const [, name = "", rest = ""] = /^\/(\S*)\s*(.*)$/s.exec(text) ?? [];
  if (!(await backend.command(name, rest)))
    throw new UsageError(`there is no command /${name}; /help lists them`);
}

/** What a repl talks with: a connection as it is, or a session that speaks a protocol. */
export interface ReplBackend {
  /** Under the prompt's `/help`. */
  readonly help: readonly string[];
  /** A line that is no command: a message, or a call. */
  say(line: string): Promise<void>;
  /** A command without its slash. False when it is not known. */
  command(name: string, rest: string): Promise<boolean>;
}

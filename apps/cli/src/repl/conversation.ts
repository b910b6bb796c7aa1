/** What a repl talks with: a connection as it is, or a session that speaks a protocol. */
export interface Conversation {
  /** Under the prompt's `/help`. */
  readonly help: readonly string[];
  /** A line that is no command: a message, or a call. */
  say(line: string): Promise<void>;
  /** A command without its slash. False when it is not known. */
  command(name: string, rest: string): Promise<boolean>;
}

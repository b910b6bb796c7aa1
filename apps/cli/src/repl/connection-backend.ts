import { type Connection, unwrap, type WebSocketManager } from "@outsock/core";
import { withUsageErrors } from "../connection/dialling.ts";
import { checkMessage } from "../messages/read-message.ts";
import type { CodecName } from "../options/connection-options.ts";
import type { Prompt } from "./prompt.ts";
import type { ReplBackend } from "./run-repl.ts";

export interface ConnectionBackend extends ReplBackend {
  /** Whether `/close` ended the connection. */
  readonly closed: boolean;
}

/** Sends every line as a message. */
export function connectionBackend(
  manager: WebSocketManager,
  connection: Connection,
  prompt: Prompt,
  { codec, json }: { readonly codec: CodecName; readonly json: boolean },
): ConnectionBackend {
  let closed = false;
  const showStats = (): Promise<void> => {
    const stats = manager.getStats();
    return prompt.print(JSON.stringify(json ? { success: true, data: { stats } } : stats));
  };
  return {
    get closed() {
      return closed;
    },
    help: [
      "<message>       send a message; start it with // if it begins with /",
      "/close [code [reason]]  close the connection, such as /close 1000 bye",
      "/stats          show the manager's counters",
    ],
    async say(line) {
      unwrap(await manager.send(connection, checkMessage(line, codec, "the message")));
    },
    async command(name, rest) {
      if (name === "stats") await showStats();
      else if (name !== "close") return false;
      else {
        closed = true;
        await close(manager, connection, rest);
      }
      return true;
    },
  };
}

async function close(manager: WebSocketManager, connection: Connection, rest: string): Promise<void> {
  const [, code = "1000", reason = ""] = /^(\d+)?\s*(.*)$/s.exec(rest) ?? [];
  unwrap(await withUsageErrors(() => manager.close(connection, { code: Number(code), reason })));
}

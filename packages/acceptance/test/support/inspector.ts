import { spawn } from "node:child_process";
import { createInterface } from "node:readline";
import { onTestFinished } from "vitest";

/** Starts a Node inspector, a JSON-over-WebSocket server that comes with every Node, and answers its URL. */
export async function startInspector(): Promise<string> {
  const child = spawn(process.execPath, ["--inspect=127.0.0.1:0", "--eval", "process.stdin.resume()"], {
    stdio: ["pipe", "ignore", "pipe"],
  });
  onTestFinished(() => {
    child.kill("SIGKILL");
  });
  for await (const line of createInterface({ input: child.stderr })) {
    const [url] = /ws:\/\/\S+/.exec(line) ?? [];
    if (url !== undefined) return url;
  }
  throw new Error("the inspector did not start");
}

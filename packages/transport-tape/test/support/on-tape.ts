import { type Recorder, recorder } from "./recorder.ts";
import { textOf } from "./tapes.ts";

/** The contents of a tape: its text, and the decoded bytes in it. */
export async function shown({ lines, tape }: Recorder): Promise<string> {
  const bytes = (await lines()).flatMap(({ bytes }) => (typeof bytes === "string" ? [bytes] : []));
  const decoded = bytes.map((base64) => Buffer.from(base64, "base64").toString("latin1"));
  return [textOf(tape), ...decoded].join("\n");
}

export async function sent(...messages: (string | Uint8Array)[]): Promise<Record<string, unknown>[]> {
  const made = recorder();
  const { channel } = await made.open();
  for (const message of messages) channel.send(message);
  return (await made.entries()).slice(2);
}

export async function sentText(message: string): Promise<unknown> {
  return (await sent(message))[0]?.text;
}

export function utf8(bytes: unknown): string {
  return Buffer.from(String(bytes), "base64").toString();
}

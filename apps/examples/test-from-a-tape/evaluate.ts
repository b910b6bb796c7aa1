import { unwrap, type WebSocketManager } from "@outsock/core";

interface Reply {
  readonly id: number;
  readonly result: {
    readonly result: { readonly value?: unknown };
    readonly exceptionDetails?: { readonly exception?: { readonly description?: string } };
  };
}

/** The code under test: evaluates an expression through the debugger of a Node process. */
export async function evaluate(manager: WebSocketManager, url: string, expression: string): Promise<unknown> {
  const call = { id: 1, method: "Runtime.evaluate", params: { expression, returnByValue: true } };
  const match = (message: unknown): message is Reply => Object(message).id === call.id;
  const { response } = unwrap(await manager.request(url, call, { match, timeoutMs: 3_000 }));
  if (!match(response)) throw new Error("the debugger answered something else");
  const { result, exceptionDetails } = response.result;
  if (exceptionDetails !== undefined) throw new Error(exceptionDetails.exception?.description ?? "it threw");
  return result.value;
}

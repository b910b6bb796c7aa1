import { getWebSocketManager } from "outsock";

interface Call {
  readonly operation: string;
  readonly parameters?: Record<string, unknown>;
}

/** One manager for the life of the container. Its results are plain data and can be returned as they are. */
export async function handler(event: Call, context: { readonly awsRequestId: string }): Promise<unknown> {
  const correlationId = context.awsRequestId;
  const parameters = event.operation === "getStats" ? {} : { correlationId, ...event.parameters };
  return getWebSocketManager().execute(event.operation, parameters);
}

import { createHash } from "node:crypto";

/** The methods used of a client of `redis` (node-redis 5 or 6): plain, cluster, sentinel or pool. */
export interface NodeRedisClient {
  evalSha(sha: string, options: { keys: string[]; arguments: string[] }): Promise<unknown>;
  eval(script: string, options: { keys: string[]; arguments: string[] }): Promise<unknown>;
}

/** The methods used of a client of `ioredis` or `iovalkey`: plain or cluster. */
export interface IoRedisClient {
  evalsha(sha: string, numberOfKeys: number, ...keysAndArguments: string[]): Promise<unknown>;
  eval(script: string, numberOfKeys: number, ...keysAndArguments: string[]): Promise<unknown>;
}

/** A connected client. Its timeouts, its events and closing it remain up to you. */
export type RedisClient = NodeRedisClient | IoRedisClient;

/** Runs a script on one key. */
export type RunScript = (script: string, key: string, values: string[]) => Promise<unknown>;

/** @throws TypeError for a client without script methods. */
export function scriptsOf(client: RedisClient): RunScript {
  const evaluate = methodsOf(client);
  const digests = new Map<string, string>();
  return async (script, key, values) => {
    const sha = digests.get(script) ?? sha1(script);
    digests.set(script, sha);
    try {
      return await evaluate.bySha(sha, key, values);
    } catch (error) {
      if (!isUnknownScript(error)) throw error;
      return await evaluate.byText(script, key, values);
    }
  };
}

type Evaluate = (code: string, key: string, values: string[]) => Promise<unknown>;

function methodsOf(client: RedisClient): { readonly bySha: Evaluate; readonly byText: Evaluate } {
  if (typeof client === "object" && client !== null && typeof client.eval === "function") {
    if ("evalSha" in client && typeof client.evalSha === "function") return nodeRedis(client);
    if ("evalsha" in client && typeof client.evalsha === "function") return ioRedis(client);
  }
  throw new TypeError("redisLimiter: the client must be one of redis, ioredis or iovalkey");
}

function nodeRedis(client: NodeRedisClient): { readonly bySha: Evaluate; readonly byText: Evaluate } {
  return {
    bySha: (sha, key, values) => client.evalSha(sha, { keys: [key], arguments: values }),
    byText: (script, key, values) => client.eval(script, { keys: [key], arguments: values }),
  };
}

function ioRedis(client: IoRedisClient): { readonly bySha: Evaluate; readonly byText: Evaluate } {
  return {
    bySha: (sha, key, values) => client.evalsha(sha, 1, key, ...values),
    byText: (script, key, values) => client.eval(script, 1, key, ...values),
  };
}

/** The server was restarted, its scripts were flushed, or a replica without them took over. */
function isUnknownScript(error: unknown): boolean {
  return String(error).includes("NOSCRIPT");
}

/** The name of a script for EVALSHA. */
function sha1(script: string): string {
  return createHash("sha1").update(script).digest("hex");
}

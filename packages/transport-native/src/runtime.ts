/** Where this runs, as far as it makes a difference for the WebSocket constructor. */
export type Runtime = "node" | "deno" | "bun" | "other";

function nodeUndiciVersion(): unknown {
  const process: unknown = Reflect.get(globalThis, "process");
  if (typeof process !== "object" || process === null || !("versions" in process)) return undefined;
  const { versions } = process;
  return typeof versions === "object" && versions !== null && "undici" in versions
    ? versions.undici
    : undefined;
}

/** Deno and Bun imitate Node's `process`, so they are asked first. */
export function currentRuntime(): Runtime {
  if ("Deno" in globalThis) return "deno";
  if ("Bun" in globalThis) return "bun";
  return typeof nodeUndiciVersion() === "string" ? "node" : "other";
}

type Implementation = typeof import("./implementation.ts");

let implementation: Implementation | undefined;
let loading: Promise<Implementation> | undefined;

/** `ws` and the parts of Node under it, once they are loaded. */
export function loaded(): Implementation | undefined {
  return implementation;
}

export function load(): Promise<Implementation> {
  loading ??= import("./implementation.ts").then((module) => {
    implementation = module;
    return module;
  });
  return loading;
}

/**
 * Loads `ws` and the parts of Node under it now instead of at the first connect, which takes some 30 ms of CPU: for
 * programs that are given time to start, such as the init phase of a function.
 */
export async function preload(): Promise<void> {
  await load();
}

import { createRequire } from "node:module";

/** Imports a package, prints which of these are loaded then and which were not before, and what its `preload` adds. */
const watched = ["net", "tls", "https", "http", "zlib", "crypto", "dns", "node:events"];
const { cache } = createRequire(import.meta.url);

function loaded(): readonly string[] {
  const list: unknown = Reflect.get(process, "moduleLoadList");
  const builtins = Array.isArray(list) ? list.map((name) => String(name).replace("NativeModule ", "")) : [];
  const packages = Object.keys(cache).flatMap(
    (file) => /node_modules[\\/](ws|undici)[\\/]/.exec(file)?.[1] ?? [],
  );
  return [...builtins.filter((name) => watched.includes(name)), ...new Set(packages)];
}

const before = new Set(loaded());
const news = (): readonly string[] => loaded().filter((name) => !before.has(name));
const module: Record<string, unknown> = await import(process.argv[2] ?? "");
const byImport = news();
for (const name of ["getWebSocketManager", "wsTransport", "undiciTransport"]) {
  const make = module[name];
  if (typeof make === "function" && process.argv[2] !== "@outsock/container") make();
}
const byMaking = news();
if (typeof module.preload === "function") await module.preload();
const byPreload = news();
process.stdout.write(`${JSON.stringify({ byImport, byMaking, byPreload })}\n`);

import { existsSync } from "node:fs";
import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { type ServingProcess, startChild } from "./serving-process.ts";

const places = [
  "/usr/bin/chromium-headless-shell",
  "/usr/bin/chromium",
  "/usr/bin/chromium-browser",
  "/usr/bin/google-chrome",
  "/Applications/Google Chrome.app/Contents/MacOS/Google Chrome",
];

/** The Chromium of this machine: the one named by CHROMIUM, or one in a usual place. */
export function findChromium(): string | undefined {
  const { CHROMIUM } = process.env;
  return CHROMIUM === undefined || CHROMIUM === "" ? places.find((path) => existsSync(path)) : CHROMIUM;
}

/**
 * Chromium does not end with its stdin. This shell does, and kills its process group, which `startChild` creates for it: so no browser
 * outlives this process, even if it is killed.
 */
const leash = `{ "$@"; kill -KILL 0; } & cat > /dev/null; kill -KILL 0`;

const quiet = [
  "--headless",
  "--disable-gpu",
  "--disable-quic",
  "--no-first-run",
  "--disable-background-networking",
  "--disable-component-update",
  "--disable-sync",
  "--remote-debugging-port=0",
];

/** A headless Chromium with an empty profile, which connects only to its debugger. @throws Error if there is none. */
export async function startChromium(): Promise<ServingProcess> {
  const executable = findChromium();
  if (executable === undefined) {
    throw new Error("There is no Chromium: install one (Debian: chromium-headless-shell), or set CHROMIUM");
  }
  const profile = await mkdtemp(join(tmpdir(), "outsock-chromium-"));
  // The sandbox does not work for root, as which containers run.
  const sandbox = process.getuid?.() === 0 ? ["--no-sandbox"] : [];
  const forget = (): Promise<void> => rm(profile, { recursive: true, force: true, maxRetries: 5 });
  const args = [...quiet, ...sandbox, `--user-data-dir=${profile}`];
  const child = await startChild("/bin/sh", ["-c", leash, "sh", executable, ...args], /ws:\/\/\S+/).catch(
    async (error) => {
      await forget();
      throw error;
    },
  );
  const close = async (): Promise<void> => {
    await child.close();
    await forget();
  };
  return { url: child.url, close, [Symbol.asyncDispose]: close };
}

import { registerHooks } from "node:module";

/** Loaded before a program: prints the URL of every module that the program loads, on stderr. */
registerHooks({
  load(url, context, nextLoad) {
    process.stderr.write(`${url}\n`);
    return nextLoad(url, context);
  },
});

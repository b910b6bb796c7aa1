/** What stands on `ws` and on Node's network, and is loaded only when it is needed. */
export { createDialler } from "./dialler.ts";
export { openChannel } from "./open-channel.ts";

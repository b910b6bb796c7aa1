import type { Deadline } from "./deadlines.ts";

/** A moment at which something is done, unless it is removed before. */
export class Expiry implements Deadline {
  atMs = 0;
  index = -1;
  readonly expire: () => void;

  constructor(expire: () => void) {
    this.expire = expire;
  }
}

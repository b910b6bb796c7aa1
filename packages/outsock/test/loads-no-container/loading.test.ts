import { describe, expect, it } from "vitest";
import { run } from "../support/modules.ts";

const imported = `
  import * as outsock from "outsock";
  const manager = outsock.getWebSocketManager();
  console.log(typeof manager.request, typeof Reflect.getMetadata);
`;
const required = `
  import { createRequire } from "node:module";
  const outsock = createRequire(process.cwd() + "/")("outsock");
  console.log(typeof outsock.getWebSocketManager().request, typeof Reflect.getMetadata);
`;

describe("a program with outsock", () => {
  it.each([
    ["import", imported],
    ["require", required],
  ])("loads neither tsyringe nor reflect-metadata, by %s", async (_, program) => {
    const { modules, printed } = await run(program);
    expect(modules).toContainEqual(expect.stringContaining("outsock/src/index.ts"));
    expect(modules.filter((url) => /tsyringe|reflect-metadata|container/.test(url))).toEqual([]);
    expect(printed).toBe("function undefined");
  });
});

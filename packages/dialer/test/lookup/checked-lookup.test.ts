import type { LookupFunction } from "node:net";
import { promisify } from "node:util";
import { expect, onTestFinished, test, vi } from "vitest";
import { checkAddress, checkedLookup } from "../../src/lookup/checked-lookup.ts";

const outside = { address: "192.0.2.1", family: 4 };
const inside = { address: "10.0.0.1", family: 4 };

vi.mock("node:dns", () => ({
  lookup(host: string, _options: unknown, callback: (error: Error | null, found?: object[]) => void) {
    if (host === "nowhere") callback(new Error("ENOTFOUND"));
    else callback(null, host === "both" ? [outside, inside] : [outside]);
  },
}));

const isOutside = (address: string): boolean => address === outside.address;

function lookUp(host: string, all: boolean, allowAddress = isOutside): Promise<unknown> {
  const lookup: LookupFunction = checkedLookup(allowAddress);
  return promisify((callback: (error: Error | null, address: unknown) => void) =>
    lookup(host, { all }, callback),
  )();
}

const bug = (): boolean => {
  throw new Error("bug");
};

test("every address of a host is checked, and one that is refused refuses the host", async () => {
  const checked: string[] = [];
  const allow = (address: string): boolean => {
    checked.push(address);
    return isOutside(address);
  };
  await expect(lookUp("both", true, allow)).rejects.toMatchObject({ code: "URL_FORBIDDEN" });
  expect(checked).toEqual([outside.address, inside.address]);
  await expect(lookUp("both", false)).rejects.toMatchObject({ code: "URL_FORBIDDEN" });
  expect(await lookUp("both", true, () => true)).toEqual([outside, inside]);
});

test("an allowed host is resolved in the requested form", async () => {
  expect(await lookUp("one", true)).toEqual([outside]);
  expect(await lookUp("one", false)).toBe(outside.address);
});

test("a host that has no address keeps its error", async () => {
  await expect(lookUp("nowhere", true)).rejects.toThrow("ENOTFOUND");
});

test("a function that throws allows nothing", async () => {
  expect(() => checkAddress(bug, "127.0.0.1")).toThrow(expect.objectContaining({ code: "URL_FORBIDDEN" }));
  await expect(lookUp("one", false, bug)).rejects.toMatchObject({ code: "URL_FORBIDDEN" });
});

test("a callback that throws causes no unhandled rejection, and gets its error", async () => {
  const unhandled: unknown[] = [];
  const note = (error: unknown): void => {
    unhandled.push(error);
  };
  process.on("unhandledRejection", note);
  onTestFinished(() => {
    process.off("unhandledRejection", note);
  });
  for (const host of ["one", "nowhere", "both"]) {
    const errors: unknown[] = [];
    checkedLookup(isOutside)(host, { all: true }, (error) => {
      errors.push(error);
      throw new Error("bug");
    });
    // Unhandled rejections are reported before the next macrotask.
    await new Promise((resolve) => setImmediate(resolve));
    expect(errors.at(-1)).toBeInstanceOf(Error);
    expect(errors.filter((error) => error === null).length).toBe(host === "one" ? 1 : 0);
  }
  expect(unhandled).toEqual([]);
});

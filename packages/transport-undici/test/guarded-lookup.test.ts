import type { LookupFunction } from "node:net";
import { promisify } from "node:util";
import { expect, test, vi } from "vitest";
import { checkLiteral, guardedLookup } from "../src/guarded-lookup.ts";

const outside = { address: "192.0.2.1", family: 4 };
const inside = { address: "10.0.0.1", family: 4 };

vi.mock("node:dns", () => ({
  lookup(host: string, _options: unknown, callback: (error: Error | null, found?: object[]) => void) {
    if (host === "nowhere") callback(new Error("ENOTFOUND"));
    else callback(null, host === "both" ? [outside, inside] : [outside]);
  },
}));

const isOutside = (address: string): boolean => address === outside.address;

function lookUp(host: string, all: boolean): Promise<unknown> {
  const lookup: LookupFunction = guardedLookup(isOutside);
  return promisify((callback: (error: Error | null, address: unknown) => void) =>
    lookup(host, { all }, callback),
  )();
}

test("a host is refused as soon as one of its addresses is", async () => {
  await expect(lookUp("both", true)).rejects.toMatchObject({ code: "URL_FORBIDDEN" });
  await expect(lookUp("both", false)).rejects.toMatchObject({ code: "URL_FORBIDDEN" });
});

test("an allowed host is answered in the form that was asked for", async () => {
  expect(await lookUp("one", true)).toEqual([outside]);
  expect(await lookUp("one", false)).toBe(outside.address);
});

test("a host that has no address keeps its error", async () => {
  await expect(lookUp("nowhere", true)).rejects.toThrow("ENOTFOUND");
});

test("a function that throws allows nothing", () => {
  const broken = (): boolean => {
    throw new Error("bug");
  };
  expect(() => checkLiteral("127.0.0.1", broken)).toThrow(expect.objectContaining({ code: "URL_FORBIDDEN" }));
  const found = new Promise((resolve) => guardedLookup(broken)("one", {}, resolve));
  return expect(found).resolves.toMatchObject({ code: "URL_FORBIDDEN" });
});

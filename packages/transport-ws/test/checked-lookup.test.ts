import { expect, it, vi } from "vitest";
import { checkedLookup } from "../src/checked-lookup.ts";

const found = [
  { address: "192.0.2.1", family: 4 },
  { address: "10.0.0.1", family: 4 },
];

vi.mock("node:dns", () => ({
  lookup: (_name: string, _options: object, tell: (error: null, found: unknown) => void) => tell(null, found),
}));

function lookUp(allow: (address: string) => boolean): Promise<unknown> {
  return new Promise((resolve) => {
    checkedLookup(allow)("peer.test", { all: true }, (error, addresses) => resolve(error ?? addresses));
  });
}

it("asks about every address, and one that is refused refuses the name", async () => {
  const asked: string[] = [];
  const allow = (address: string): boolean => {
    asked.push(address);
    return address !== "10.0.0.1";
  };
  expect(await lookUp(allow)).toMatchObject({ code: "URL_FORBIDDEN" });
  expect(asked).toEqual(["192.0.2.1", "10.0.0.1"]);
  expect(await lookUp(() => true)).toEqual(found);
});

it("takes a function that throws for a refusal", async () => {
  const allow = (): boolean => {
    throw new Error("bug");
  };
  expect(await lookUp(allow)).toMatchObject({ code: "URL_FORBIDDEN" });
});

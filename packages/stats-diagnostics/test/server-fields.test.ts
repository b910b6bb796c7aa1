import { expect, it } from "vitest";
import { ServerFieldsCache } from "../src/server-fields.ts";

it("the server fields of a URL are its host and port, read once", () => {
  const servers = new ServerFieldsCache();
  const of = (url: string | undefined) => Object.values(servers.of(url));
  expect(of("wss://api.example.com/v1?***")).toEqual(["api.example.com", 443]);
  expect(of("ws://api.example.com")).toEqual(["api.example.com", 80]);
  expect(of("ws://[::1]:8080/")).toEqual(["::1", 8080]);
  expect(of("what")).toEqual([]);
  expect(of(undefined)).toEqual([]);
  expect(servers.of("ws://a.example")).toBe(servers.of("ws://a.example"));
});

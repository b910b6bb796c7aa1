import { describe, expect, it } from "vitest";
import { startChild } from "../support/child.ts";

const nothing: readonly string[] = [];

describe("a program that does not dial yet", () => {
  it.each(["@outsock/core", "@outsock/container", "@outsock/transport-memory"])(
    "loads nothing of a socket with %s",
    async (name) => {
      const { byImport, byMaking } = Object(await startChild("load.ts", name).next());
      expect({ byImport, byMaking }).toEqual({ byImport: nothing, byMaking: nothing });
    },
  );

  it.each(["outsock", "@outsock/transport-ws"])(
    "loads ws and Node's TLS with %s only by preload()",
    async (name) => {
      const { byImport, byMaking, byPreload } = Object(await startChild("load.ts", name).next());
      expect({ byImport, byMaking }).toEqual({ byImport: nothing, byMaking: nothing });
      expect(byPreload).toEqual(expect.arrayContaining(["net", "tls", "https", "ws"]));
      expect(byPreload).not.toContain("undici");
    },
  );

  it("loads no undici with the transport on it", async () => {
    const { byImport, byMaking } = Object(await startChild("load.ts", "@outsock/transport-undici").next());
    expect([byImport, byMaking].flat()).not.toContain("undici");
  });
});

import { globSync, readFileSync } from "node:fs";
import { dirname } from "node:path/posix";
import { describe, expect, it } from "vitest";
import { readDocument, root } from "./documents.ts";

interface Manifest {
  readonly name: string;
  readonly private?: boolean;
  readonly engines?: { readonly node: string };
}

const readme = readDocument("README.md");

function manifestOf(folder: string): Manifest {
  return JSON.parse(readFileSync(`${root}/${folder}/package.json`, "utf8"));
}

/** What npm will have, as rows of a table begin: a package and its page. */
function publishedPackages(): readonly string[] {
  return globSync(["packages/*/package.json", "apps/*/package.json"], { cwd: root })
    .map((path) => dirname(path))
    .filter((folder) => manifestOf(folder).private !== true)
    .map((folder) => `[\`${manifestOf(folder).name}\`](${folder}/README.md)`)
    .sort();
}

describe("README.md", () => {
  it("has at most 1,200 words", () => {
    expect(readme.text.split(/\s+/).filter((word) => word !== "").length).toBeLessThanOrEqual(1_200);
  });

  it("keeps the two commands for a clone", () => {
    const commands = readme.blocks
      .filter(({ language }) => language === "sh")
      .flatMap(({ code }) => code.split("\n"));
    expect(commands).toEqual(
      expect.arrayContaining([
        "npx -y pnpm@12.21.0 start   # builds, then shows a conversation with a local server",
        "npx -y pnpm@12.21.0 test    # builds, tests, lints and checks everything",
      ]),
    );
  });

  it("begins with one sentence, then installation, then an example", () => {
    const [title, first = "", second] = readme.text.split(/\n{2,}/);
    expect([title, second]).toEqual(["# Outsock", "## Install"]);
    expect(first.match(/\.(?:\s|$)/g)).toHaveLength(1);
    expect(readme.headings.slice(1, 3)).toEqual(["Install", "Use it"]);
    expect(readme.blocks.find(({ language }) => language === "ts")?.marker).toMatch(/^example: /);
  });

  it("lists every published package, and no other", () => {
    const rows = [...readme.text.matchAll(/^\| (?<entry>\[`[^`]+`\]\(\S+\)) \|/gm)];
    expect(rows.map(({ groups }) => groups?.entry).sort()).toEqual(publishedPackages());
  });

  it("names the versions of Node that the packages require, and the one that the tests run on", () => {
    const [, tested] = /^nodeVersion: (?<major>\d+)\./m.exec(readDocument("pnpm-workspace.yaml").text) ?? [];
    expect(manifestOf("packages/outsock").engines?.node).toBe(">=22");
    expect(manifestOf("packages/transport-undici").engines?.node).toBe(">=22.19");
    expect(readme.text).toContain(
      `| Node 22 or newer | supported; the tests run on Node ${tested}. The undici transport needs 22.19 |`,
    );
  });
});

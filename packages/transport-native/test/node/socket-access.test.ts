import { execFile } from "node:child_process";
import { once } from "node:events";
import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { createServer, type Socket } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { createServer as createTlsServer } from "node:tls";
import { promisify } from "node:util";
import { testCa, trustedPair } from "@outsock/transport-contract/node-peer";
import { expect, onTestFinished, test } from "vitest";
import { nativeTransport } from "../../src/node/index.ts";
import { noEvents, requestFor, startPeer } from "../support/connect.ts";

/** A process of its own, so that what keeps it alive is ours alone. */
async function run(source: string, env: NodeJS.ProcessEnv = {}): Promise<string> {
  const args = ["--conditions=@outsock/source", "--input-type=module", "--eval", source];
  const options = { cwd: import.meta.dirname, env: { ...process.env, ...env } };
  return (await promisify(execFile)(process.execPath, args, options)).stdout.trim();
}

/** The start of every source for `run`. */
const prelude = `
  import { nativeTransport } from "../../src/node/index.ts";
  const events = { message() {}, pong() {}, drain() {}, close() {} };
  const open = (url, signal = new AbortController().signal) =>
    nativeTransport().open({ url, protocols: [], headers: {}, maxMessageBytes: 1000, signal }, events);
  const turns = async (count) => {
    for (let i = 0; i < count; i += 1) await new Promise((resolve) => setImmediate(resolve));
  };
  const left = () => process.getActiveResourcesInfo().filter((name) => !/Pipe|TTY|Immediate/.test(name));
`;

async function startSilent(): Promise<{ port: number; accepted: Promise<Socket> }> {
  const server = createServer();
  const accepted = once(server, "connection").then(([socket]) => socket.on("error", () => {}).resume());
  server.listen(0, "127.0.0.1");
  onTestFinished(() => void server.close());
  await once(server, "listening");
  const address = server.address();
  return { port: typeof address === "object" && address !== null ? address.port : 0, accepted };
}

test("aborting while TLS is agreed ends the connection at once", async () => {
  const { port, accepted } = await startSilent();
  const controller = new AbortController();
  const { signal } = controller;
  const opening = nativeTransport().open(requestFor(`wss://127.0.0.1:${port}`, { signal }), noEvents);
  const socket = await accepted;
  controller.abort();
  await expect(opening).rejects.toMatchObject({ code: "ABORTED" });
  await once(socket, "close");
}, 5_000);

test.each([
  ["and Node's own dispatcher", ""],
  ["and the dispatcher that the undici package brings", `import "undici";`],
])("attempts aborted at any moment %s leave nothing that keeps the process alive", async (_, loaded) => {
  const [peer, silent] = await Promise.all([startPeer(), startSilent()]);
  const left = await run(`${loaded} ${prelude}
    for (const url of ["${peer.url}", "wss://127.0.0.1:${silent.port}"]) {
      const attempts = Array.from({ length: 60 }, async (_, index) => {
        const controller = new AbortController();
        const opening = open(url, controller.signal).then((channel) => channel.terminate(), () => {});
        await turns(index % 30);
        controller.abort();
        await opening;
      });
      await Promise.all(attempts);
    }
    await turns(3);
    console.log(JSON.stringify(left()));
  `);
  expect(JSON.parse(left)).toEqual([]);
});

/** A file with the test's certificate authority, for `NODE_EXTRA_CA_CERTS`. */
async function authorityFile(): Promise<string> {
  const folder = await mkdtemp(join(tmpdir(), "outsock-"));
  onTestFinished(() => rm(folder, { recursive: true }));
  const file = join(folder, "ca.pem");
  await writeFile(file, testCa);
  return file;
}

test("the certificate authorities that Node trusts are those that count, for addresses and for names", async () => {
  const [peer, elsewhere] = await Promise.all([
    startPeer({ tls: "trusted" }),
    startPeer({ tls: "wrong-host" }),
  ]);
  const urls = [peer.url, peer.url.replace("127.0.0.1", "localhost"), elsewhere.url];
  const source = `${prelude}
    for (const url of ${JSON.stringify(urls)}) {
      const outcome = await open(url).then((channel) => channel.terminate() ?? "open", (error) => error.code);
      console.log(outcome);
    }
  `;
  const failed = "CONNECT_FAILED";
  expect((await run(source)).split("\n")).toEqual([failed, failed, failed]);
  const NODE_EXTRA_CA_CERTS = await authorityFile();
  expect((await run(source, { NODE_EXTRA_CA_CERTS })).split("\n")).toEqual(["open", "open", failed]);
});

test("the host's name is sent in TLS, and no name for an IP address", async () => {
  const names: unknown[] = [];
  const server = createTlsServer({
    ...trustedPair,
    SNICallback(name, done) {
      names.push(name);
      done(null);
    },
  }).on("tlsClientError", () => {});
  onTestFinished(() => void server.close());
  server.listen(0);
  await once(server, "listening");
  const address = server.address();
  const port = typeof address === "object" ? address?.port : 0;
  for (const host of ["127.0.0.1", "localhost"]) {
    const opening = nativeTransport().open(requestFor(`wss://${host}:${port}`), noEvents);
    await expect(opening).rejects.toMatchObject({ code: "CONNECT_FAILED" });
  }
  expect(names).toEqual(["localhost"]);
});

test("a dispatcher that the user has set is used, and a refusal is final over it too", async () => {
  const peer = await startPeer({
    handshake: { type: "reject", status: 401, headers: { "WWW-Authenticate": "Basic realm=x" } },
  });
  const accepting = await startPeer();
  const used = await run(`${prelude}
    await fetch("http://127.0.0.1:9").catch(() => {});
    for (const number of [1, 2]) {
      const key = Symbol.for("undici.globalDispatcher." + number);
      const given = globalThis[key];
      if (given === undefined) continue;
      const dispatch = (options, handler) => {
        console.log(options.path);
        return given.dispatch(options, handler);
      };
      globalThis[key] = new Proxy(given, {
        get: (target, name) => (name === "dispatch" ? dispatch : Reflect.get(target, name)),
      });
    }
    const channel = await open("${accepting.url}/accepted");
    channel.terminate();
    await open("${peer.url}/refused").catch((error) => console.log(error.code));
  `);
  expect(used.split("\n")).toEqual(["/accepted", "/refused", "CONNECT_FAILED"]);
});

test("an agent that the user has configured is used as it is", async () => {
  const peer = await startPeer();
  const used = await run(`${prelude}
    import { connect as dial } from "node:net";
    await fetch("http://127.0.0.1:9").catch(() => {});
    for (const number of [1, 2]) {
      const key = Symbol.for("undici.globalDispatcher." + number);
      const given = globalThis[key];
      if (given?.constructor.name !== "Agent") continue;
      const connect = ({ hostname, port }, done) => {
        console.log("the user's");
        const socket = dial({ host: hostname, port }, () => done(null, socket));
      };
      globalThis[key] = new given.constructor({ connect });
    }
    (await open("${peer.url}")).terminate();
  `);
  expect(used).toBe("the user's");
});

import { once } from "node:events";
import { createServer, type IncomingMessage, type Server, type ServerResponse } from "node:http";
import { text } from "node:stream/consumers";

export interface Invocation {
  readonly id: string;
  readonly event: unknown;
  /** Milliseconds since 1970. */
  readonly deadlineMs: number;
  readonly functionArn: string;
}

/** The result that the caller of a function receives. */
export interface Outcome {
  readonly payload: unknown;
  /** Present if the function failed; the payload then has `errorType` and `errorMessage`. */
  readonly functionError?: "Unhandled";
}

type Settle = (outcome: Outcome) => void;

const version = "/2018-06-01/runtime";
const report = new RegExp(`^${version}/invocation/(?<id>[^/]+)/(?<kind>response|error)$`);

/**
 * The side of AWS Lambda that a runtime talks to
 * (https://docs.aws.amazon.com/lambda/latest/dg/runtimes-api.html): one runtime, one invocation at a time.
 */
export class RuntimeApi implements AsyncDisposable {
  /** The response to the runtime's request for its next invocation, which stays open until there is one. */
  #asking: ServerResponse | undefined;
  #current: { readonly id: string; readonly settle: Settle } | undefined;
  #initFailed: Settle = () => {};
  #whenIdle: () => void = () => {};
  readonly #server: Server = createServer((request, response) => void this.#serve(request, response));

  /** Returns host and port, in the format of `AWS_LAMBDA_RUNTIME_API`. */
  async listen(): Promise<string> {
    this.#server.listen(0, "127.0.0.1");
    await once(this.#server, "listening");
    const address = this.#server.address();
    return typeof address === "object" && address !== null ? `${address.address}:${address.port}` : "";
  }

  /** Resolves when the runtime requests an invocation, or with an outcome if it reports that it cannot start. */
  idle(): Promise<Outcome | undefined> {
    return new Promise((resolve) => {
      this.#initFailed = resolve;
      this.#whenIdle = () => resolve(undefined);
      if (this.#asking !== undefined) resolve(undefined);
    });
  }

  /** Gives an invocation to an idle runtime and waits for its outcome. */
  invoke({ id, event, deadlineMs, functionArn }: Invocation): Promise<Outcome> {
    return new Promise((settle) => {
      this.#current = { id, settle };
      const headers = {
        "Content-Type": "application/json",
        "Lambda-Runtime-Aws-Request-Id": id,
        "Lambda-Runtime-Deadline-Ms": deadlineMs,
        "Lambda-Runtime-Invoked-Function-Arn": functionArn,
      };
      this.#asking?.writeHead(200, headers).end(JSON.stringify(event));
      this.#asking = undefined;
    });
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.#server.closeAllConnections();
    this.#server.close();
    await once(this.#server, "close");
  }

  async #serve(request: IncomingMessage, response: ServerResponse): Promise<void> {
    const { method, url = "" } = request;
    if (method === "GET" && url === `${version}/invocation/next`) {
      response.on("close", () => {
        if (this.#asking === response) this.#asking = undefined;
      });
      this.#asking = response;
      this.#whenIdle();
      return;
    }
    const body: unknown = JSON.parse(await text(request));
    const { id, kind } = report.exec(url)?.groups ?? {};
    if (method === "POST" && url === `${version}/init/error`) {
      accept(response);
      this.#initFailed({ payload: body, functionError: "Unhandled" });
    } else if (method === "POST" && id !== undefined && id === this.#current?.id) {
      const { settle } = this.#current;
      this.#current = undefined;
      accept(response);
      settle(kind === "error" ? { payload: body, functionError: "Unhandled" } : { payload: body });
    } else {
      response.writeHead(400).end('{"errorType":"InvalidRequestID","errorMessage":"Invalid request ID"}');
    }
  }
}

function accept(response: ServerResponse): void {
  response.writeHead(202, { "Content-Type": "application/json" }).end('{"status":"OK"}');
}

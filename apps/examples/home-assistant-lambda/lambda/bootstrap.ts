import { request } from "node:http";
import { join } from "node:path";
import { text } from "node:stream/consumers";
import { pathToFileURL } from "node:url";

interface LambdaContext {
  readonly awsRequestId: string;
  readonly invokedFunctionArn: string;
  readonly functionName: string;
  getRemainingTimeInMillis(): number;
}

type Handler = (event: unknown, context: LambdaContext) => unknown;

interface Reply {
  readonly body: string;
  header(name: string): string;
}

const { AWS_LAMBDA_RUNTIME_API = "", AWS_LAMBDA_FUNCTION_NAME = "", LAMBDA_TASK_ROOT = "" } = process.env;
const runtime = `http://${AWS_LAMBDA_RUNTIME_API}/2018-06-01/runtime`;

/** Has no timeout, because the runtime may be frozen for hours while it waits for the answer to `next`. */
function ask(method: "GET" | "POST", path: string, body?: unknown): Promise<Reply> {
  return new Promise((resolve, reject) => {
    const asking = request(`${runtime}${path}`, { method, agent: false }, (response) => {
      const header = (name: string): string => String(response.headers[name] ?? "");
      text(response).then((answer) => resolve({ body: answer, header }), reject);
    });
    asking.on("error", reject);
    asking.end(body === undefined ? undefined : JSON.stringify(body));
  });
}

function isHandler(value: unknown): value is Handler {
  return typeof value === "function";
}

/** `_HANDLER` is `file.export`. */
async function loadHandler(): Promise<Handler> {
  const [file = "", name = ""] = (process.env._HANDLER ?? "").split(".");
  const module: unknown = await import(pathToFileURL(join(LAMBDA_TASK_ROOT, `${file}.ts`)).href);
  const exported: unknown = Object(module)[name];
  if (!isHandler(exported)) throw new Error(`${file} exports no function ${name}`);
  return exported;
}

function describe(error: unknown): unknown {
  if (!(error instanceof Error)) return { errorType: typeof error, errorMessage: String(error) };
  return { errorType: error.name, errorMessage: error.message, stackTrace: error.stack?.split("\n") };
}

async function answerNext(handle: Handler): Promise<void> {
  const next = await ask("GET", "/invocation/next");
  const awsRequestId = next.header("lambda-runtime-aws-request-id");
  const deadlineMs = Number(next.header("lambda-runtime-deadline-ms"));
  const context: LambdaContext = {
    awsRequestId,
    invokedFunctionArn: next.header("lambda-runtime-invoked-function-arn"),
    functionName: AWS_LAMBDA_FUNCTION_NAME,
    getRemainingTimeInMillis: () => deadlineMs - Date.now(),
  };
  const outcome = await new Promise((resolve) => resolve(handle(JSON.parse(next.body), context))).then(
    (result) => ({ path: "response", body: result ?? null }),
    (error: unknown) => ({ path: "error", body: describe(error) }),
  );
  await ask("POST", `/invocation/${awsRequestId}/${outcome.path}`, outcome.body);
}

// A Lambda runtime: loads the handler, requests an invocation, reports its result, and requests the next one.
const handler = await loadHandler().catch(async (error: unknown) => {
  await ask("POST", "/init/error", describe(error));
  process.exit(1);
});
for (;;) await answerNext(handler);

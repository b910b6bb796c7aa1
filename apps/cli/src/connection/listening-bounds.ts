/** Stops a listening after its time, and when it is interrupted. */
export function boundBy(
  ms: number | undefined,
  signal: AbortSignal,
  stop: (by: "time" | "interrupt") => void,
): Disposable {
  const interrupt = () => stop("interrupt");
  const timer = ms === undefined ? undefined : setTimeout(() => stop("time"), ms);
  if (signal.aborted) interrupt();
  signal.addEventListener("abort", interrupt);
  return {
    [Symbol.dispose]() {
      clearTimeout(timer);
      signal.removeEventListener("abort", interrupt);
    },
  };
}

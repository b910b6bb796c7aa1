// Uses the idle time of a core until the parent process has ended.
const parent = process.ppid;
while (process.ppid === parent) {
  const untilMs = Date.now() + 20;
  while (Date.now() < untilMs);
}

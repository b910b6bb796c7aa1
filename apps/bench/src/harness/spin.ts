// Uses up what is left of a core until the process that started it is gone.
const parent = process.ppid;
while (process.ppid === parent) {
  const untilMs = Date.now() + 20;
  while (Date.now() < untilMs);
}

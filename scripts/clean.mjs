// Empties dist before a build, so that files without a source are not published.
import { rmSync } from "node:fs";

rmSync("dist", { recursive: true, force: true });

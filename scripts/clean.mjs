// Empties dist before a build, so that what no longer has a source is not shipped.
import { rmSync } from "node:fs";

rmSync("dist", { recursive: true, force: true });

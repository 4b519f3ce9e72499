// For tests: they start this project's programs hundreds of times, and most of such a start is compiling the same sources.
import { enableCompileCache } from "node:module";
import { fileURLToPath } from "node:url";

const directory = fileURLToPath(new URL("../node_modules/.cache/compile", import.meta.url));
enableCompileCache(directory);
process.env["NODE_COMPILE_CACHE"] = directory; // of what is started from here

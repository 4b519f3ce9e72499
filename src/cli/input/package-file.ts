import { existsSync } from "node:fs";
import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";
import { invariant } from "../../quantity/index.ts";

/** Absolute path of a file that ships with the package, such as `params/plimsoll-margin.json`. */
export function packageFile(path: string): string {
  let folder = dirname(fileURLToPath(import.meta.url));
  while (!existsSync(join(folder, "package.json"))) {
    const parent = dirname(folder);
    invariant(parent !== folder, "the package's root is above its sources");
    folder = parent;
  }
  return join(folder, path);
}

// Writes schemas/*.json from the TypeBox definitions in src/market. A test keeps the two in step.
import { mkdirSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { publishedSchemas } from "../src/market/schemas.ts";

const folder = join(import.meta.dirname, "..", "schemas");
mkdirSync(folder, { recursive: true });
for (const [file, schema] of Object.entries(publishedSchemas)) {
  writeFileSync(join(folder, file), `${JSON.stringify(schema, null, 2)}\n`);
  process.stdout.write(`schemas/${file}\n`);
}

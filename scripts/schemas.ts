// Writes schemas/*.json from the TypeBox definitions in src. Tests keep the two in step.
import { mkdirSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { publishedSchemas } from "../src/market/schemas.ts";
import { marginParametersSchema } from "../src/risk/parameters/parameters-document.ts";
import { venueSheetSchemas } from "../src/risk/venues/sheet-schemas.ts";

const folder = join(import.meta.dirname, "..", "schemas");
mkdirSync(folder, { recursive: true });
for (const [file, schema] of Object.entries({
  ...publishedSchemas,
  "margin-parameters-1.json": marginParametersSchema,
  ...venueSheetSchemas,
})) {
  writeFileSync(join(folder, file), `${JSON.stringify(schema, null, 2)}\n`);
  process.stdout.write(`schemas/${file}\n`);
}

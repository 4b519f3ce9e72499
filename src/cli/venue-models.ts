import { parseJson } from "../market/json-text.ts";
import { type MarginModel } from "../risk/index.ts";
import { venueModels as shippedModels, venueModelsFromSheet } from "../risk/venues/index.ts";
import { namingFile } from "./input/naming-file.ts";
import { readText } from "./input/read-file.ts";

/**
 * Every venue's models with the parameter sheets that ship with the package; a sheet given as a file takes the place of its
 * venue's own.
 */
export async function venueModels(sheetFiles: readonly string[] = []): Promise<readonly MarginModel[]> {
  const models = new Map(shippedModels().map((model) => [model.id, model]));
  for (const file of sheetFiles) {
    const text = await readText(file);
    const own = namingFile([file], (name) => venueModelsFromSheet(parseJson(text, { name })));
    for (const model of own) models.set(model.id, model);
  }
  return [...models.values()];
}

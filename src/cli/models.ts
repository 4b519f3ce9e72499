import { type MarketContext } from "./input/load.ts";
import { type CommandOutput } from "./command-output.ts";
import { textTable } from "./output/table.ts";
import { venueModels } from "./venue-models.ts";
import { PlimsollError } from "../quantity/index.ts";
import { crossMargin, isolatedMargin, type MarginModel, portfolioMargin } from "../risk/index.ts";

/** What the models depend on. */
type ModelContext = Pick<MarketContext, "parameters" | "history" | "sheetFiles">;

/** Every margin model, ours first, then the venues' in alphabetical order of their ids. */
export async function allModels({
  parameters,
  history,
  sheetFiles,
}: ModelContext): Promise<readonly MarginModel[]> {
  const venues = await venueModels(sheetFiles);
  return [
    isolatedMargin(),
    crossMargin(),
    portfolioMargin(parameters, history),
    ...venues.toSorted((a, b) => (a.id < b.id ? -1 : 1)),
  ];
}

/** The models of a comma-separated list of ids, in its order; `all` is every one. */
export async function selectModels(ids: string, context: ModelContext): Promise<readonly MarginModel[]> {
  const models = await allModels(context);
  if (ids === "all") return models;
  return ids.split(",").map((id) => {
    const model = models.find((candidate) => candidate.id === id.trim());
    if (model) return model;
    throw new PlimsollError("PLM_UNKNOWN", {
      field: "model",
      value: id.trim(),
      limit: `one of ${models.map((candidate) => candidate.id).join(", ")}`,
      remedy: "`plimsoll models` describes them.",
    });
  });
}

/** One model by its id. */
export async function marginModel(id: string, context: ModelContext): Promise<MarginModel> {
  const [model] = await selectModels(id === "all" ? "plimsoll-portfolio" : id, context);
  return model!;
}

/** `plimsoll models`: what there is to choose from. */
export async function modelsCommand(): Promise<CommandOutput> {
  const { defaultMarginParameters } = await import("./parameters.ts");
  const models = await allModels({ parameters: await defaultMarginParameters(), sheetFiles: [] });
  const rows = models.map(({ id, title, venue }) => [id, title, venue]);
  const text = textTable([{ title: "id" }, { title: "model" }, { title: "venue" }], rows);
  return { text, json: models.map(({ id, title, venue }) => ({ id, title, venue })) };
}

import { PlimsollError } from "../../quantity/index.ts";
import { type MarginModel } from "../margin-model.ts";
import { aaveSheetId, aaveV3Model, readAaveSheet } from "./aave/index.ts";
import { driftSheetId, driftV2Model, readDriftSheet } from "./drift/index.ts";
import { dydxSheetId, dydxV4Model, readDydxSheet } from "./dydx/index.ts";
import {
  hyperliquidCrossModel,
  hyperliquidPortfolioModel,
  hyperliquidSheetId,
  readHyperliquidSheet,
} from "./hyperliquid/index.ts";
import { mangoSheetId, mangoV4Model, readMangoSheet } from "./mango/index.ts";
import { morphoBlueModel, morphoSheetId, readMorphoSheet } from "./morpho/index.ts";

/** The models that each format of sheet gives. */
const modelsBySheet: Readonly<Record<string, (json: unknown) => readonly MarginModel[]>> = {
  [aaveSheetId]: (json) => [aaveV3Model({ sheet: readAaveSheet(json) })],
  [driftSheetId]: (json) => [driftV2Model({ sheet: readDriftSheet(json) })],
  [dydxSheetId]: (json) => [dydxV4Model({ sheet: readDydxSheet(json) })],
  [hyperliquidSheetId]: (json) => {
    const sheet = readHyperliquidSheet(json);
    return [hyperliquidCrossModel({ sheet }), hyperliquidPortfolioModel({ sheet })];
  },
  [mangoSheetId]: (json) => [mangoV4Model({ sheet: readMangoSheet(json) })],
  [morphoSheetId]: (json) => [morphoBlueModel({ sheet: readMorphoSheet(json) })],
};

/** Formats of sheet that {@link onChainModelsFromSheet} reads. */
export const onChainSheetIds: readonly string[] = Object.keys(modelsBySheet);

/** Models of the on-chain venues with the sheets that ship with Plimsoll. */
export const onChainModels = (): readonly MarginModel[] => [
  aaveV3Model(),
  driftV2Model(),
  dydxV4Model(),
  hyperliquidCrossModel(),
  hyperliquidPortfolioModel(),
  mangoV4Model(),
  morphoBlueModel(),
];

/**
 * The models of a venue's own parameter sheet, so that next month's figures need no code.
 *
 * @param json - parsed JSON; its `schema` says which venue's it is.
 * @throws {PlimsollError} `PLM_DOCUMENT_VERSION` for a format that is not known, else the first thing wrong with the sheet.
 */
export function onChainModelsFromSheet(json: unknown): readonly MarginModel[] {
  const schema: unknown =
    typeof json === "object" && json !== null && "schema" in json ? json.schema : undefined;
  const models =
    typeof schema === "string" && Object.hasOwn(modelsBySheet, schema) ? modelsBySheet[schema] : undefined;
  if (models) return models(json);
  throw new PlimsollError("PLM_DOCUMENT_VERSION", {
    field: "schema",
    value: schema,
    limit: `one of ${onChainSheetIds.join(", ")}`,
    remedy: "See docs/venues for the formats.",
  });
}

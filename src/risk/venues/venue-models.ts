import { PlimsollError } from "../../quantity/index.ts";
import { type MarginModel } from "../margin-model.ts";
import { aaveSheetId, aaveV3Model, readAaveSheet } from "./aave/index.ts";
import {
  deribitPortfolioModel,
  deribitSheetId,
  deribitStandardModel,
  readDeribitSheet,
} from "./deribit/index.ts";
import {
  derivePm1Model,
  derivePm2Model,
  deriveStandardModel,
  readDerivePm1Sheet,
  readDerivePm2Sheet,
  readDeriveStandardSheet,
} from "./derive/index.ts";
import { derivePm1SheetId } from "./derive/pm1-sheet.ts";
import { derivePm2SheetId } from "./derive/pm2-sheet.ts";
import { deriveStandardSheetId } from "./derive/standard-sheet.ts";
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
import { okxPortfolioModel, okxSheetId, readOkxSheet } from "./okx/index.ts";
import { paradexPortfolioModel, paradexSheetId, readParadexSheet } from "./paradex/index.ts";
import { readSimmSheet, simmModel, simmSheetId } from "./simm/index.ts";
import { readSpanSheet, spanModel, spanSheetId } from "./span/index.ts";

/** The models that each format of parameter sheet gives. */
const modelsOf: Readonly<Record<string, (json: unknown) => readonly MarginModel[]>> = {
  [aaveSheetId]: (json) => [aaveV3Model({ sheet: readAaveSheet(json) })],
  [deribitSheetId]: (json) => {
    const sheet = readDeribitSheet(json);
    return [deribitPortfolioModel(sheet), deribitStandardModel(sheet)];
  },
  [derivePm1SheetId]: (json) => [derivePm1Model({ sheet: readDerivePm1Sheet(json) })],
  [derivePm2SheetId]: (json) => [derivePm2Model({ sheet: readDerivePm2Sheet(json) })],
  [deriveStandardSheetId]: (json) => [deriveStandardModel({ sheet: readDeriveStandardSheet(json) })],
  [driftSheetId]: (json) => [driftV2Model({ sheet: readDriftSheet(json) })],
  [dydxSheetId]: (json) => [dydxV4Model({ sheet: readDydxSheet(json) })],
  [hyperliquidSheetId]: (json) => {
    const sheet = readHyperliquidSheet(json);
    return [hyperliquidCrossModel({ sheet }), hyperliquidPortfolioModel({ sheet })];
  },
  [mangoSheetId]: (json) => [mangoV4Model({ sheet: readMangoSheet(json) })],
  [morphoSheetId]: (json) => [morphoBlueModel({ sheet: readMorphoSheet(json) })],
  [okxSheetId]: (json) => [okxPortfolioModel(readOkxSheet(json))],
  [paradexSheetId]: (json) => [paradexPortfolioModel(readParadexSheet(json))],
  [simmSheetId]: (json) => [simmModel(readSimmSheet(json))],
  [spanSheetId]: (json) => [spanModel(readSpanSheet(json))],
};

/** Formats of sheet that {@link venueModelsFromSheet} reads. */
export const venueSheetIds: readonly string[] = Object.keys(modelsOf);

/** Every venue's models with the parameter sheets that ship with Plimsoll. */
export const venueModels = (): readonly MarginModel[] => [
  aaveV3Model(),
  deribitPortfolioModel(),
  deribitStandardModel(),
  derivePm1Model(),
  derivePm2Model(),
  deriveStandardModel(),
  driftV2Model(),
  dydxV4Model(),
  hyperliquidCrossModel(),
  hyperliquidPortfolioModel(),
  mangoV4Model(),
  morphoBlueModel(),
  okxPortfolioModel(),
  paradexPortfolioModel(),
  simmModel(),
  spanModel(),
];

/**
 * The models of a venue's own parameter sheet, so that its next figures need no code.
 *
 * @param json - parsed JSON; its `schema` says which venue's it is.
 * @throws {PlimsollError} `PLM_DOCUMENT_VERSION` for a format that is not known, else the first thing wrong with the sheet.
 */
export function venueModelsFromSheet(json: unknown): readonly MarginModel[] {
  const schema: unknown =
    typeof json === "object" && json !== null && "schema" in json ? json.schema : undefined;
  const models = typeof schema === "string" && Object.hasOwn(modelsOf, schema) ? modelsOf[schema] : undefined;
  if (models) return models(json);
  throw new PlimsollError("PLM_DOCUMENT_VERSION", {
    field: "schema",
    value: schema,
    limit: `one of ${venueSheetIds.join(", ")}`,
    remedy: "See docs/venues for the formats.",
  });
}

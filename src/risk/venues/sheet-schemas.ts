import { type TSchema } from "typebox";
import { aaveSheetId, aaveSheetSchema } from "./aave/index.ts";
import { deribitSheetId, deribitSheetSchema } from "./deribit/index.ts";
import { derivePm1SheetSchema, derivePm2SheetSchema, deriveStandardSheetSchema } from "./derive/index.ts";
import { derivePm1SheetId } from "./derive/pm1-sheet.ts";
import { derivePm2SheetId } from "./derive/pm2-sheet.ts";
import { deriveStandardSheetId } from "./derive/standard-sheet.ts";
import { driftSheetId, driftSheetSchema } from "./drift/index.ts";
import { dydxSheetId, dydxSheetSchema } from "./dydx/index.ts";
import { hyperliquidSheetId, hyperliquidSheetSchema } from "./hyperliquid/index.ts";
import { mangoSheetId, mangoSheetSchema } from "./mango/index.ts";
import { morphoSheetId, morphoSheetSchema } from "./morpho/index.ts";
import { okxSheetId, okxSheetSchema } from "./okx/index.ts";
import { paradexSheetId, paradexSheetSchema } from "./paradex/index.ts";
import { simmSheetId, simmSheetSchema } from "./simm/index.ts";
import { spanSheetId, spanSheetSchema } from "./span/index.ts";

const sheets: readonly (readonly [id: string, title: string, schema: TSchema])[] = [
  [aaveSheetId, "Aave v3", aaveSheetSchema],
  [deribitSheetId, "Deribit", deribitSheetSchema],
  [derivePm1SheetId, "Derive portfolio margin (PM1)", derivePm1SheetSchema],
  [derivePm2SheetId, "Derive portfolio margin (PM2)", derivePm2SheetSchema],
  [deriveStandardSheetId, "Derive standard margin", deriveStandardSheetSchema],
  [driftSheetId, "Drift v2", driftSheetSchema],
  [dydxSheetId, "dYdX v4", dydxSheetSchema],
  [hyperliquidSheetId, "Hyperliquid", hyperliquidSheetSchema],
  [mangoSheetId, "Mango v4", mangoSheetSchema],
  [morphoSheetId, "Morpho Blue", morphoSheetSchema],
  [okxSheetId, "OKX", okxSheetSchema],
  [paradexSheetId, "Paradex", paradexSheetSchema],
  [simmSheetId, "SIMM-style sensitivities", simmSheetSchema],
  [spanSheetId, "SPAN", spanSheetSchema],
];

/** `plimsoll/okx-sheet@1` → `okx-sheet`, `1`. */
function nameAndVersion(id: string): readonly [name: string, version: string] {
  const [name = "", version = ""] = id.slice(id.indexOf("/") + 1).split("@");
  return [name, version];
}

/** The published JSON Schemas of venues' parameter sheets by file name in `schemas/`. */
export const venueSheetSchemas: Readonly<Record<string, TSchema>> = Object.fromEntries(
  sheets.map(([id, title, schema]): readonly [string, TSchema] => {
    const [name, version] = nameAndVersion(id);
    return [
      `${name}-${version}.json`,
      {
        $schema: "https://json-schema.org/draft/2020-12/schema",
        $id: `urn:plimsoll:schema:${name}:${version}`,
        title: `Plimsoll parameter sheet: ${title}, version ${version}`,
        ...schema,
      },
    ];
  }),
);

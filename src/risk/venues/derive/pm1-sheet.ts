import { type TSchema, Type } from "typebox";
import { closed, defineSheet } from "../shared/sheet.ts";
import { type Pm1Params, type Pm1Scenario } from "./pm1-inputs.ts";
import {
  basisSchema,
  mostScenarios,
  number,
  numbers,
  pegNames,
  type Plain,
  type PmSheet,
  pmSheetFields,
  volShockSchema,
} from "./sheet.ts";

/** Name and version of a parameter sheet of Derive's first-generation portfolio margin. */
export const derivePm1SheetId = "plimsoll/derive-pm1-sheet@1";

/** What the venue publishes of one PM1 manager, with field names as its contracts have them. */
export interface DerivePm1Sheet extends PmSheet {
  readonly schema: typeof derivePm1SheetId;
  readonly parameters: Plain<Pm1Params>;
}

const parameters = Type.Object(
  {
    basisContingency: basisSchema,
    otherContingency: numbers<Pm1Params["otherContingency"]>([
      ...pegNames,
      "basePercent",
      "perpPercent",
      "optionPercent",
    ]),
    margin: numbers<Pm1Params["margin"]>(["imFactor", "baseStaticDiscount", "rateMultScale", "rateAddScale"]),
    volShock: volShockSchema,
    scenarios: Type.Array(
      Type.Object({ spotShock: number(0), volShock: Type.Enum(["none", "up", "down"]) }, closed),
      { minItems: 1, maxItems: mostScenarios },
    ),
  },
  closed,
);

const format = defineSheet({
  id: derivePm1SheetId,
  fields: {
    ...pmSheetFields,
    parameters: Type.Unsafe<Plain<Pm1Params>>(parameters),
  },
});

/** JSON Schema of {@link DerivePm1Sheet}. */
export const derivePm1SheetSchema: TSchema = format.schema;

/** Reads a sheet from parsed JSON. @throws {PlimsollError} the first thing wrong with it. */
export const readDerivePm1Sheet: (json: unknown) => DerivePm1Sheet = format.read;

const row = (spotShock: number, volShock: Pm1Scenario["volShock"]): Plain<Pm1Scenario> => ({
  spotShock,
  volShock,
});

/** BTC and ETH. The same document as params/venues/derive-pm1.json. */
export const derivePm1Sheet: DerivePm1Sheet = {
  schema: "plimsoll/derive-pm1-sheet@1",
  name: "Derive PM1, BTC and ETH",
  asOf: "2025-01",
  sources: [
    {
      url: "https://github.com/derivexyz/v2-core/tree/7736900d395703c4f675376caa4c315402943831",
      note: "Parameters of the mainnet deployment script. Rate 0: no public feed.",
    },
  ],
  underlyings: ["BTC", "ETH"],
  settlementAsset: "USDC",
  maxExpiries: 11,
  maxAssets: 128,
  rate: 0,
  parameters: {
    basisContingency: {
      scenarioSpotUp: 1.05,
      scenarioSpotDown: 0.95,
      basisContAddFactor: 1,
      basisContMultFactor: 1.2,
    },
    otherContingency: {
      pegLossThreshold: 0.99,
      pegLossFactor: 4,
      confThreshold: 0.55,
      confMargin: 1,
      basePercent: 0.03,
      perpPercent: 0.03,
      optionPercent: 0.02,
    },
    margin: { imFactor: 1.25, baseStaticDiscount: 0.95, rateMultScale: 1, rateAddScale: 0.12 },
    volShock: {
      volRangeUp: 0.6,
      volRangeDown: 0.3,
      shortTermPower: 0.3,
      longTermPower: 0.13,
      dteFloor: 86_400,
    },
    scenarios: [
      row(1.2, "up"),
      ...[1.15, 1.1, 1.05, 1, 0.95, 0.9, 0.85].flatMap((spot) => [
        row(spot, "up"),
        row(spot, "none"),
        row(spot, "down"),
      ]),
      row(0.8, "up"),
    ],
  },
};

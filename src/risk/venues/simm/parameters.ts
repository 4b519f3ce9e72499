import { type TSchema, Type } from "typebox";
import { checkOrder, checkOwners, closed, defineSheet, entryOf, type SheetHead } from "../shared/sheet.ts";

/** Name and version of a parameter sheet for SIMM-style sensitivities. */
export const simmSheetId = "plimsoll/simm-sheet@1";

/** How one class of underlyings is weighed. */
export interface SimmClass {
  /** Empty: every underlying that no other class names. */
  readonly underlyings: readonly string[];
  /** Weight of a sensitivity to a relative move of 1 %: the move in percent that margin covers. */
  readonly deltaRiskWeight: number;
  /** Weight of vega risk, share: how far volatility moves, relative. */
  readonly vegaRiskWeight: number;
  /** Sensitivity to 1 % beyond which concentration counts, USD. */
  readonly deltaThresholdUsd: number;
  /** Vega risk beyond which concentration counts, USD. */
  readonly vegaThresholdUsd: number;
}

/** Parameters for the shape of ISDA SIMM. The standard has no class for crypto assets: these can't be the standard's. */
export interface SimmSheet extends SheetHead {
  readonly schema: typeof simmSheetId;
  readonly classes: readonly SimmClass[];
  /** Between underlyings, −1 to 1. */
  readonly underlyingCorrelation: number;
  /** Between the volatility of tenors of one underlying. */
  readonly tenorCorrelation: number;
  /** Upper bounds of tenors, days, ascending; what is beyond the last belongs to it. */
  readonly tenorDays: readonly number[];
  /** Days of the curvature scaling 0.5 · min(1, days/T). */
  readonly curvatureDays: number;
  /** Maintenance over initial; the standard knows one figure. */
  readonly maintenanceFactor: number;
}

const share = Type.Number({ minimum: 0, maximum: 1 });
const amount = Type.Number({ minimum: 1, maximum: 1e15 });

const format = defineSheet({
  id: simmSheetId,
  fields: {
    classes: Type.Array(
      Type.Object(
        {
          underlyings: Type.Array(Type.String({ minLength: 1, maxLength: 64 }), { maxItems: 1_000 }),
          deltaRiskWeight: Type.Number({ minimum: 0, maximum: 100 }),
          vegaRiskWeight: Type.Number({ minimum: 0, maximum: 10 }),
          deltaThresholdUsd: amount,
          vegaThresholdUsd: amount,
        },
        closed,
      ),
      { minItems: 1, maxItems: 1_000 },
    ),
    underlyingCorrelation: share,
    tenorCorrelation: share,
    tenorDays: Type.Array(Type.Number({ minimum: 0.01, maximum: 36_500 }), { minItems: 1, maxItems: 50 }),
    curvatureDays: Type.Number({ minimum: 0, maximum: 365 }),
    maintenanceFactor: share,
  },
  check(sheet, problems) {
    checkOwners(problems, "classes", sheet.classes, ({ underlyings }) => underlyings);
    for (const [index, days] of sheet.tenorDays.entries()) {
      checkOrder(problems, `tenorDays[${index}]`, sheet.tenorDays[index - 1] ?? 0, days, "ascending bounds");
    }
  },
});

/** JSON Schema of {@link SimmSheet}. */
export const simmSheetSchema: TSchema = format.schema;

/** Reads a sheet from parsed JSON. @throws {PlimsollError} the first thing wrong with it. */
export const readSimmSheet: (json: unknown) => SimmSheet = format.read;

/** The class of an underlying: the one that names it, else the one that names none. */
export const simmClassOf = (sheet: SimmSheet, underlying: string): SimmClass | undefined =>
  entryOf(sheet.classes, underlying);

/** Round figures of our own, for ten days at 99 %. The same document as params/venues/simm.json. */
export const simmSheet: SimmSheet = {
  schema: simmSheetId,
  name: "SIMM-style sensitivities with Plimsoll's illustrative weights",
  asOf: "2026-02-01",
  sources: [
    {
      url: "https://www.isda.org/category/margin/isda-simm/",
      note: "the shape only: weighing, concentration, aggregation, curvature. The standard has no risk class for crypto assets and its commercial use needs a licence.",
    },
    {
      url: "docs/venues/simm.md",
      note: "weights, correlations and thresholds: round figures of our own for ten days at 99 %",
    },
  ],
  classes: [
    {
      underlyings: ["BTC"],
      deltaRiskWeight: 25,
      vegaRiskWeight: 0.5,
      deltaThresholdUsd: 10_000_000,
      vegaThresholdUsd: 100_000_000,
    },
    {
      underlyings: ["ETH"],
      deltaRiskWeight: 32,
      vegaRiskWeight: 0.5,
      deltaThresholdUsd: 5_000_000,
      vegaThresholdUsd: 50_000_000,
    },
    {
      underlyings: [],
      deltaRiskWeight: 50,
      vegaRiskWeight: 0.6,
      deltaThresholdUsd: 500_000,
      vegaThresholdUsd: 5_000_000,
    },
  ],
  underlyingCorrelation: 0.7,
  tenorCorrelation: 0.9,
  tenorDays: [14, 30, 91, 182, 365],
  curvatureDays: 14,
  maintenanceFactor: 1,
};

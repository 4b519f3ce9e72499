import { type TSchema, Type } from "typebox";
import { closed, defineSheet, type SheetHead } from "../shared/sheet.ts";
import { type NamedValue, namedValues } from "../shared/named-values.ts";

/** Name and version of the parameter sheet of Paradex portfolio margin. */
export const paradexSheetId = "plimsoll/paradex-sheet@1";

/** What the market does not say. A term that is asked for and absent makes a result partial. */
export interface ParadexAccountInputs {
  /** Expected funding of the next eight hours by underlying, share of notional; positive: longs pay. */
  readonly fundingRate8h?: readonly NamedValue[];
  /** Fee of closing a position, share of notional. */
  readonly closingFeeRate?: number;
}

/** Parameters of Paradex portfolio margin. */
export interface ParadexSheet extends SheetHead {
  readonly schema: typeof paradexSheetId;
  /** Inside it losses count whole; its edges are scanned with volatility up only. */
  readonly regularRange: number;
  /** Positive relative moves inside the range; their negatives and 0 are scanned too, volatility up and down. */
  readonly innerMoves: readonly number[];
  /** Relative moves beyond the range, volatility up, and the share of their loss that counts. */
  readonly tails: readonly { readonly move: number; readonly weight: number }[];
  /** Relative rise and fall of volatility at 30 days. */
  readonly volUp: number;
  readonly volDown: number;
  /** Exponent of 30/days below 30 days, and from 30 days on. */
  readonly shortVegaPower: number;
  readonly longVegaPower: number;
  /** A shorter expiry counts as this many days. */
  readonly dteFloorDays: number;
  /** Least requirement, share of spot: of the net delta, and of the delta that is hedged. */
  readonly minimumNetRate: number;
  readonly minimumHedgedRate: number;
  /** Maintenance over initial, of the risk part. */
  readonly maintenanceFactor: number;
  readonly account?: ParadexAccountInputs;
}

const share = Type.Number({ minimum: 0, maximum: 1 });
const power = Type.Number({ minimum: 0, maximum: 4 });

const format = defineSheet({
  id: paradexSheetId,
  fields: {
    regularRange: Type.Number({ minimum: 0.001, maximum: 0.95 }),
    innerMoves: Type.Array(Type.Number({ minimum: 0.001, maximum: 0.95 }), { maxItems: 50 }),
    tails: Type.Array(
      Type.Object({ move: Type.Number({ minimum: -0.99, maximum: 50 }), weight: share }, closed),
      {
        maxItems: 100,
      },
    ),
    volUp: Type.Number({ minimum: 0, maximum: 10 }),
    volDown: share,
    shortVegaPower: power,
    longVegaPower: power,
    dteFloorDays: Type.Number({ minimum: 0.001, maximum: 30 }),
    minimumNetRate: share,
    minimumHedgedRate: share,
    maintenanceFactor: share,
    account: Type.Optional(
      Type.Object(
        { fundingRate8h: Type.Optional(namedValues(-1, 1)), closingFeeRate: Type.Optional(share) },
        closed,
      ),
    ),
  },
  check(sheet, problems) {
    for (const [index, move] of sheet.innerMoves.entries()) {
      if (move < sheet.regularRange) continue;
      problems.add("PLM_DOMAIN", {
        field: `innerMoves[${index}]`,
        value: move,
        limit: `below regularRange ${sheet.regularRange}`,
        remedy: "Give moves beyond the range as tails.",
      });
    }
  },
});

/** JSON Schema of {@link ParadexSheet}. */
export const paradexSheetSchema: TSchema = format.schema;

/** Reads a sheet from parsed JSON. @throws {PlimsollError} the first thing wrong with it. */
export const readParadexSheet: (json: unknown) => ParadexSheet = format.read;

/** Published figures. The same document as params/venues/paradex.json. */
export const paradexSheet: ParadexSheet = {
  schema: paradexSheetId,
  name: "Paradex portfolio margin (beta)",
  asOf: "2026-02-01",
  sources: [
    {
      url: "https://docs.paradex.trade/risk/portfolio-margin",
      note: "moves, weights, volatility shocks, minimum delta, maintenance factor. That the edges take volatility up only is our reading of the count of 24 scenarios; the floor of days to expiry is not printed: one day, as at its peers.",
    },
  ],
  regularRange: 0.16,
  innerMoves: [0.04, 0.08, 0.12],
  tails: [
    { move: -0.66, weight: 0.24 },
    { move: -0.33, weight: 0.48 },
    { move: 0.5, weight: 0.32 },
    { move: 1, weight: 0.16 },
    { move: 2, weight: 0.08 },
    { move: 3, weight: 0.0533 },
    { move: 4, weight: 0.04 },
    { move: 5, weight: 0.032 },
  ],
  volUp: 0.4,
  volDown: 0.22,
  shortVegaPower: 0.3,
  longVegaPower: 0.13,
  dteFloorDays: 1,
  minimumNetRate: 0.02,
  minimumHedgedRate: 0.01,
  maintenanceFactor: 0.5,
};

import { type TSchema, Type } from "typebox";
import { type Problems } from "../../../market/problems.ts";
import { checkOrder, checkOwners, closed, defineSheet, entryOf, type SheetHead } from "../shared/sheet.ts";
import { type NamedValue, namedValues } from "../shared/named-values.ts";

/** Name and version of the parameter sheet of OKX portfolio margin. */
export const okxSheetId = "plimsoll/okx-sheet@1";

/** A class of underlyings with the same shocks. */
export interface OkxClass {
  readonly name: string;
  /** Empty: every underlying that no other class names. */
  readonly underlyings: readonly string[];
  /** Positive relative moves of MR1; their negatives and 0 belong to the grid too. */
  readonly spotMoves: readonly number[];
  /** Relative move of MR6. */
  readonly extremeMove: number;
  /** Yearly move of the basis for MR4. */
  readonly basisAnnual: number;
  /** Least move of the basis, which perpetuals pay. Absent when no source gives it: perpetuals' MR4 is then missing. */
  readonly basisMinimum?: number;
  /** Raw minimum charge of perpetuals and futures for MR7, share of notional. Absent when no source gives it. */
  readonly minimumChargeRate?: number;
  /** Multipliers of MR7 by raw charge, USD; the last applies beyond its bound. Absent when no source gives them. */
  readonly minimumChargeTiers?: readonly { readonly upToUsd: number; readonly multiplier: number }[];
}

/** How far volatility moves in MR1, for options of up to a number of days. The venue's table is not public as a whole. */
export interface OkxVolatilityShock {
  readonly maxDays: number;
  /** Move in volatility, annual fraction: 0.3 is 30 points. */
  readonly points: number;
  /** Move as a share of volatility. */
  readonly relative: number;
}

/**
 * What an account says of itself and terms that no public source gives. A term that is asked for and absent makes a result
 * partial.
 */
export interface OkxAccountInputs {
  /** Ascending by `maxDays`; the last row applies beyond its bound. */
  readonly volatilityShocks?: readonly OkxVolatilityShock[];
  /** MR3, volatility term structure, USD by underlying. */
  readonly mr3Usd?: readonly NamedValue[];
  /** MR5, interest rates, USD by underlying. */
  readonly mr5Usd?: readonly NamedValue[];
  /** Raw minimum charge of options for MR7, USD by underlying. */
  readonly optionMinimumChargeUsd?: readonly NamedValue[];
  /** Marginal tiers of MR9 by hedged size; they depend on the stablecoins' prices. The last applies beyond its bound. */
  readonly stablecoinHedgeTiers?: readonly { readonly upToUsd: number; readonly rate: number }[];
  /** MR8, margin of borrowings, USD; asked for when a balance is negative. */
  readonly borrow?: { readonly maintenance: number; readonly initial: number };
  /** Discount rate of an asset as collateral, 0 to 1. Dollars and stablecoins count whole. */
  readonly discountRate?: readonly NamedValue[];
}

/** Parameters of OKX portfolio margin. */
export interface OkxSheet extends SheetHead {
  readonly schema: typeof okxSheetId;
  /** Initial over maintenance margin. */
  readonly initialFactor: number;
  /** Time that MR2 lets pass. */
  readonly thetaHours: number;
  readonly classes: readonly OkxClass[];
  readonly account?: OkxAccountInputs;
}

const share = Type.Number({ minimum: 0, maximum: 1 });
const amount = Type.Number({ minimum: 0, maximum: 1e15 });

const format = defineSheet({
  id: okxSheetId,
  fields: {
    initialFactor: Type.Number({ minimum: 1, maximum: 10 }),
    thetaHours: Type.Number({ minimum: 0, maximum: 240 }),
    classes: Type.Array(
      Type.Object(
        {
          name: Type.String({ minLength: 1, maxLength: 64 }),
          underlyings: Type.Array(Type.String({ minLength: 1, maxLength: 64 }), { maxItems: 1_000 }),
          spotMoves: Type.Array(Type.Number({ minimum: 0.001, maximum: 0.95 }), {
            minItems: 1,
            maxItems: 50,
          }),
          extremeMove: Type.Number({ minimum: 0.001, maximum: 0.95 }),
          basisAnnual: Type.Number({ minimum: 0, maximum: 10 }),
          basisMinimum: Type.Optional(share),
          minimumChargeRate: Type.Optional(share),
          minimumChargeTiers: Type.Optional(
            Type.Array(
              Type.Object(
                {
                  upToUsd: Type.Number({ minimum: 0, maximum: 1e15 }),
                  multiplier: Type.Number({ minimum: 0, maximum: 1_000 }),
                },
                closed,
              ),
              { minItems: 1, maxItems: 100 },
            ),
          ),
        },
        closed,
      ),
      { minItems: 1, maxItems: 100 },
    ),
    account: Type.Optional(
      Type.Object(
        {
          volatilityShocks: Type.Optional(
            Type.Array(Type.Object({ maxDays: amount, points: amount, relative: amount }, closed), {
              maxItems: 100,
            }),
          ),
          mr3Usd: Type.Optional(namedValues(0, 1e15)),
          mr5Usd: Type.Optional(namedValues(0, 1e15)),
          optionMinimumChargeUsd: Type.Optional(namedValues(0, 1e15)),
          stablecoinHedgeTiers: Type.Optional(
            Type.Array(Type.Object({ upToUsd: amount, rate: share }, closed), { maxItems: 100 }),
          ),
          borrow: Type.Optional(Type.Object({ maintenance: amount, initial: amount }, closed)),
          discountRate: Type.Optional(namedValues(0, 1)),
        },
        closed,
      ),
    ),
  },
  check,
});

/** JSON Schema of {@link OkxSheet}. */
export const okxSheetSchema: TSchema = format.schema;

function check(sheet: OkxSheet, problems: Problems): void {
  checkOwners(problems, "classes", sheet.classes, ({ underlyings }) => underlyings);
  for (const [at, { minimumChargeTiers = [] }] of sheet.classes.entries()) {
    for (const [row, { upToUsd }] of minimumChargeTiers.entries()) {
      const field = `classes[${at}].minimumChargeTiers[${row}].upToUsd`;
      checkOrder(problems, field, minimumChargeTiers[row - 1]?.upToUsd ?? 0, upToUsd, "ascending bounds");
    }
  }
}

/** Reads a sheet from parsed JSON. @throws {PlimsollError} the first thing wrong with it. */
export const readOkxSheet: (json: unknown) => OkxSheet = format.read;

/** The class of an underlying: the one that names it, else the one that names none. */
export const okxClassOf = (sheet: OkxSheet, underlying: string): OkxClass | undefined =>
  entryOf(sheet.classes, underlying);

/** Figures announced for January 2025. The same document as params/venues/okx.json. */
export const okxSheet: OkxSheet = {
  schema: okxSheetId,
  name: "OKX portfolio margin",
  asOf: "2025-01-15",
  sources: [
    {
      url: "https://www.okx.com/help/okx-will-further-adjust-portfolio-margin-parameters",
      note: "spot moves of MR1, extreme moves of MR6, yearly basis moves of MR4",
    },
    {
      url: "https://www.okx.com/docs-v5/en/#trading-account-rest-api-position-builder",
      note: "example response of 2025-01-15: least basis moves 0.2 % (BTC) and 0.8 % (LTC) and the minimum charge rate 0.45 %, inferred from its figures; initial over maintenance 1.3",
    },
    {
      url: "https://scallope.com/6757.html",
      note: "third-party summary of the same announcement: multipliers of MR7 for BTC and ETH from 2025-01-15",
    },
  ],
  initialFactor: 1.3,
  thetaHours: 24,
  classes: [
    {
      name: "BTC, ETH",
      underlyings: ["BTC", "ETH"],
      spotMoves: [0.04, 0.08, 0.12],
      extremeMove: 0.24,
      basisAnnual: 0.05,
      basisMinimum: 0.002,
      minimumChargeRate: 0.0045,
      minimumChargeTiers: [
        { upToUsd: 250_000, multiplier: 1 },
        { upToUsd: 500_000, multiplier: 2 },
        { upToUsd: 1_000_000, multiplier: 4 },
        { upToUsd: 2_000_000, multiplier: 6 },
        { upToUsd: 3_000_000, multiplier: 8 },
        { upToUsd: 4_000_000, multiplier: 10 },
        { upToUsd: 1e12, multiplier: 12 },
      ],
    },
    {
      name: "large",
      underlyings: ["SOL", "DOGE", "PEPE", "XRP", "BNB", "SHIB", "LTC", "ORDI", "WLD", "BCH", "ADA"],
      spotMoves: [0.06, 0.12, 0.18],
      extremeMove: 0.36,
      basisAnnual: 0.15,
      basisMinimum: 0.008,
    },
    { name: "others", underlyings: [], spotMoves: [0.08, 0.16, 0.25], extremeMove: 0.5, basisAnnual: 0.3 },
  ],
};

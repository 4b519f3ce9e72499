import { type TSchema, Type } from "typebox";
import { type Problems } from "../../../market/problems.ts";
import { checkOwners, closed, defineSheet, type SheetHead } from "../shared/sheet.ts";
import { type NamedValue, namedValues } from "../shared/named-values.ts";

/** Name and version of the parameter sheet of Deribit's models. */
export const deribitSheetId = "plimsoll/deribit-sheet@1";

/** Portfolio margin parameters of one underlying, as the venue's `currency_pair` has them. */
export interface DeribitPair {
  /** Such as BTC. */
  readonly underlying: string;
  /** Largest relative move of the main table. */
  readonly priceRange: number;
  /** Relative rise of volatility at 30 days. */
  readonly volUp: number;
  /** Relative fall of volatility at 30 days. */
  readonly volDown: number;
  /** Least volatility in the up state, annual fraction. */
  readonly minVolUp: number;
  /** Multiplies the extended table's profits. */
  readonly extendedTableFactor: number;
  /** Total delta without delta shock, USD. */
  readonly deltaShockThresholdUsd: number;
  /** Rate added per unit of underlying beyond it. */
  readonly deltaShockIncrement: number;
  /** Highest rate of the delta shock. */
  readonly maxDeltaShock: number;
}

/** Portfolio margin parameters of one settlement currency, as the venue's `currency` has them. */
export interface DeribitCurrency {
  /** The coin of inverse contracts; `USD` for all that settle in dollars and stablecoins. */
  readonly currency: string;
  /** Damping of the extended table per range beyond the first, USD. */
  readonly extendedDampenerUsd: number;
  /** Yearly log move of the basis. */
  readonly annualisedMove: number;
  /** Least relative move of the basis. */
  readonly minAnnualisedMove: number;
  /** Share of gains in this currency that counts against losses in others. */
  readonly pnlOffset: number;
  /** Most of it that counts, USD; 0: none. */
  readonly maxOffsetablePnlUsd: number;
  /** Member of the group of currencies that moves together in X:PM. */
  readonly correlationSet: boolean;
}

/** Standard margin rates of one currency. */
export interface DeribitStandardCurrency {
  readonly currency: string;
  /** Initial margin rate of a future or perpetual. */
  readonly initialRate: number;
  readonly maintenanceRate: number;
  /** Added to both rates per unit of underlying held. */
  readonly incrementPerUnit: number;
  /** Initial margin of an at-the-money short option, fraction of the underlying. */
  readonly optionInitial: number;
  readonly optionInitialFloor: number;
  readonly optionMaintenance: number;
}

/**
 * What an account says of itself and terms that no public source gives, US dollars. A term that is asked for and absent makes a
 * result partial.
 */
export interface DeribitAccountInputs {
  /** Reserve of market-maker protection. Absent: the account does not use it. */
  readonly mmpMarginUsd?: number;
  /** Margin of resting orders; asked for when the portfolio has any. */
  readonly openOrdersMarginUsd?: number;
  /** Margin of spot orders. Absent: none. */
  readonly spotMarginUsd?: number;
  /** Contingency for currencies that stop moving together; asked for when correlated currencies net. */
  readonly correlationContingencyUsd?: number;
  /** Goes before the sheet's own. A coin that is cross collateral and in neither makes a result partial. */
  readonly collateralHaircut?: readonly NamedValue[];
}

/** Parameters of Deribit's margin models, as the venue publishes them through its API and support pages. */
export interface DeribitSheet extends SheetHead {
  readonly schema: typeof deribitSheetId;
  /** Maintenance over risk matrix margin. */
  readonly maintenanceFactor: number;
  /** Price buckets of the main table each side of 0. */
  readonly bucketsPerSide: number;
  readonly extendedMoves: readonly number[];
  /** Exponent of 30/days below 30 days. */
  readonly shortVegaPower: number;
  /** Exponent of 30/days from 30 days on. */
  readonly longVegaPower: number;
  /** Length of the settlement average before expiry. */
  readonly settlementWindowMinutes: number;
  readonly pairs: readonly DeribitPair[];
  readonly currencies: readonly DeribitCurrency[];
  readonly standard: readonly DeribitStandardCurrency[];
  /** Share of a cross collateral asset that the initial margin does not count, as far as announced. */
  readonly collateralHaircut?: readonly NamedValue[];
  readonly account?: DeribitAccountInputs;
}

const share = Type.Number({ minimum: 0, maximum: 1 });
const amount = Type.Number({ minimum: 0, maximum: 1e15 });
const symbol = Type.String({ minLength: 1, maxLength: 64 });

const format = defineSheet({
  id: deribitSheetId,
  fields: {
    maintenanceFactor: share,
    bucketsPerSide: Type.Integer({ minimum: 1, maximum: 50 }),
    extendedMoves: Type.Array(Type.Number({ minimum: -0.99, maximum: 50 }), { maxItems: 100 }),
    shortVegaPower: Type.Number({ minimum: 0, maximum: 4 }),
    longVegaPower: Type.Number({ minimum: 0, maximum: 4 }),
    settlementWindowMinutes: Type.Number({ minimum: 0, maximum: 1440 }),
    pairs: Type.Array(
      Type.Object(
        {
          underlying: symbol,
          priceRange: Type.Number({ minimum: 0.001, maximum: 0.95 }),
          volUp: Type.Number({ minimum: 0, maximum: 10 }),
          volDown: share,
          minVolUp: Type.Number({ minimum: 0, maximum: 10 }),
          extendedTableFactor: share,
          deltaShockThresholdUsd: amount,
          deltaShockIncrement: amount,
          maxDeltaShock: share,
        },
        closed,
      ),
      { minItems: 1, maxItems: 1_000 },
    ),
    currencies: Type.Array(
      Type.Object(
        {
          currency: symbol,
          extendedDampenerUsd: amount,
          annualisedMove: Type.Number({ minimum: 0, maximum: 10 }),
          minAnnualisedMove: share,
          pnlOffset: share,
          maxOffsetablePnlUsd: amount,
          correlationSet: Type.Boolean(),
        },
        closed,
      ),
      { minItems: 1, maxItems: 1_000 },
    ),
    standard: Type.Array(
      Type.Object(
        {
          currency: symbol,
          initialRate: share,
          maintenanceRate: share,
          incrementPerUnit: share,
          optionInitial: share,
          optionInitialFloor: share,
          optionMaintenance: share,
        },
        closed,
      ),
      { minItems: 1, maxItems: 1_000 },
    ),
    collateralHaircut: Type.Optional(namedValues(0, 1)),
    account: Type.Optional(
      Type.Object(
        {
          mmpMarginUsd: Type.Optional(amount),
          openOrdersMarginUsd: Type.Optional(amount),
          spotMarginUsd: Type.Optional(amount),
          correlationContingencyUsd: Type.Optional(amount),
          collateralHaircut: Type.Optional(namedValues(0, 1)),
        },
        closed,
      ),
    ),
  },
  check,
});

/** JSON Schema of {@link DeribitSheet}. */
export const deribitSheetSchema: TSchema = format.schema;

function check(sheet: DeribitSheet, problems: Problems): void {
  const widest = sheet.pairs.reduce((range, { priceRange }) => Math.max(range, priceRange), 0);
  for (const [index, move] of sheet.extendedMoves.entries()) {
    if (Math.abs(move) > widest) continue;
    problems.add("PLM_DOMAIN", {
      field: `extendedMoves[${index}]`,
      value: move,
      limit: `beyond the widest price range, ${widest}`,
      remedy: "Drop the move, or narrow the range.",
    });
  }
  checkOwners(problems, "pairs", sheet.pairs, ({ underlying }) => [underlying]);
  checkOwners(problems, "currencies", sheet.currencies, ({ currency }) => [currency]);
  checkOwners(problems, "standard", sheet.standard, ({ currency }) => [currency]);
}

/** Reads a sheet from parsed JSON. @throws {PlimsollError} the first thing wrong with it. */
export const readDeribitSheet: (json: unknown) => DeribitSheet = format.read;

/**
 * Figures that the venue has published: BTC from the example response in its API documentation (June 2024), ETH from a recorded
 * response of the same method (February 2026). `sources` name what stands in for figures that neither shows.
 * The same document as params/venues/deribit.json.
 */
export const deribitSheet: DeribitSheet = {
  schema: deribitSheetId,
  name: "Deribit standard and portfolio margin",
  asOf: "2024-06-17",
  sources: [
    {
      url: "https://docs.deribit.com/api-reference/account-management/private-simulate",
      note: "BTC, and USD but for its offset, from the example response of 2024-06-17; ETH's price range, volatility up, extended dampener, basis moves and offset, and USD's offset, from a response of 2026-02-15. ETH's fall of volatility, least volatility and delta shock limits are BTC's; that ETH belongs to the correlated set is our assumption.",
    },
    {
      url: "https://support.deribit.com/hc/en-us/articles/25944756247837-Portfolio-Margin",
      note: "structure of the model; maintenance is 80 % of the risk matrix margin",
    },
    {
      url: "https://support.deribit.com/hc/en-us/articles/25944738177565-Linear-Perpetual",
      note: "standard rates of BTC and SOL",
    },
    {
      url: "https://support.deribit.com/hc/en-us/articles/25944826427293-11-January-2022",
      note: "standard rates of ETH; its increment per coin also stands in for ETH's delta shock increment",
    },
    {
      url: "https://support.deribit.com/hc/en-us/articles/25944751433757-Delta-decay-during-settlement",
      note: "settlement window",
    },
    {
      url: "https://insights.deribit.com/exchange-updates/portfolio-margin-improvements-for-steth-and-cross-collateral-haircuts",
      note: "haircut of stETH as cross collateral from 13 January 2026, 7.5 %",
    },
  ],
  maintenanceFactor: 0.8,
  bucketsPerSide: 4,
  extendedMoves: [-0.66, -0.33, 0.5, 1, 2, 3, 4, 5],
  shortVegaPower: 0.3,
  longVegaPower: 0.13,
  settlementWindowMinutes: 30,
  pairs: [
    {
      underlying: "BTC",
      priceRange: 0.16,
      volUp: 0.5,
      volDown: 0.25,
      minVolUp: 0.5,
      extendedTableFactor: 1,
      deltaShockThresholdUsd: 20_000_000,
      deltaShockIncrement: 0.00005,
      maxDeltaShock: 0.1,
    },
    {
      underlying: "ETH",
      priceRange: 0.18,
      volUp: 0.4,
      volDown: 0.25,
      minVolUp: 0.5,
      extendedTableFactor: 1,
      deltaShockThresholdUsd: 20_000_000,
      deltaShockIncrement: 0.000004,
      maxDeltaShock: 0.1,
    },
  ],
  currencies: [
    {
      currency: "BTC",
      extendedDampenerUsd: 100_000,
      annualisedMove: 0.075,
      minAnnualisedMove: 0.01,
      pnlOffset: 0,
      maxOffsetablePnlUsd: 0,
      correlationSet: false,
    },
    {
      currency: "ETH",
      extendedDampenerUsd: 200_000,
      annualisedMove: 0.05,
      minAnnualisedMove: 0.005,
      pnlOffset: 0.6,
      maxOffsetablePnlUsd: 20_000_000,
      correlationSet: true,
    },
    {
      currency: "USD",
      extendedDampenerUsd: 25_000,
      annualisedMove: 0.1,
      minAnnualisedMove: 0.01,
      pnlOffset: 0.4,
      maxOffsetablePnlUsd: 1_000_000,
      correlationSet: false,
    },
  ],
  standard: [
    {
      currency: "BTC",
      initialRate: 0.02,
      maintenanceRate: 0.01,
      incrementPerUnit: 0.00005,
      optionInitial: 0.15,
      optionInitialFloor: 0.1,
      optionMaintenance: 0.075,
    },
    {
      currency: "ETH",
      initialRate: 0.02,
      maintenanceRate: 0.01,
      incrementPerUnit: 0.000004,
      optionInitial: 0.15,
      optionInitialFloor: 0.1,
      optionMaintenance: 0.075,
    },
    {
      currency: "SOL",
      initialRate: 0.04,
      maintenanceRate: 0.02,
      incrementPerUnit: 0.000005,
      optionInitial: 0.15,
      optionInitialFloor: 0.1,
      optionMaintenance: 0.075,
    },
  ],
  collateralHaircut: [{ name: "stETH", value: 0.075 }],
};

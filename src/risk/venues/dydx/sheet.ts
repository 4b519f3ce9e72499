import { type TSchema, Type } from "typebox";
import { type Problems } from "../../../market/problems.ts";
import { checkOrder, checkOwners, closed, defineSheet, type SheetHead, symbols } from "../shared/sheet.ts";

/** Name and version of dYdX v4's parameter sheet. */
export const dydxSheetId = "plimsoll/dydx-v4-sheet@1";

/** Liquidity tiers of dYdX Chain. Fractions in parts per million, as the chain holds them. */
export interface DydxSheet extends SheetHead {
  readonly schema: typeof dydxSheetId;
  readonly tiers: readonly {
    readonly name: string;
    readonly initialMarginPpm: number;
    /** Maintenance as a share of initial, ppm. */
    readonly maintenanceFractionPpm: number;
    /** Open interest between which the initial fraction rises to 1, USD. Both 0: it does not rise. */
    readonly openInterestLowerUsd: number;
    readonly openInterestUpperUsd: number;
    readonly underlyings: readonly string[];
  }[];
  /** Open interest of dYdX's own markets, USD. One that is absent isn't scaled for, and the result is partial. */
  readonly openInterest: readonly { readonly underlying: string; readonly usd: number }[];
}

const ppm = () => Type.Integer({ minimum: 0, maximum: 1_000_000 });
const usd = () => Type.Number({ minimum: 0, maximum: 1e12 });

const format = defineSheet({
  id: dydxSheetId,
  fields: {
    tiers: Type.Array(
      Type.Object(
        {
          name: Type.String({ minLength: 1, maxLength: 64 }),
          initialMarginPpm: ppm(),
          maintenanceFractionPpm: ppm(),
          openInterestLowerUsd: usd(),
          openInterestUpperUsd: usd(),
          underlyings: Type.Array(symbols().items, { maxItems: 1_000 }),
        },
        closed,
      ),
      { minItems: 1, maxItems: 100 },
    ),
    openInterest: Type.Array(
      Type.Object({ underlying: Type.String({ minLength: 1, maxLength: 128 }), usd: usd() }, closed),
      { maxItems: 1_000 },
    ),
  },
  check,
});

/** JSON Schema of {@link DydxSheet}. */
export const dydxSheetSchema: TSchema = format.schema;

function check({ tiers, openInterest }: DydxSheet, problems: Problems): void {
  checkOwners(problems, "tiers", tiers, ({ underlyings }) => underlyings);
  checkOwners(problems, "openInterest", openInterest, ({ underlying }) => [underlying]);
  for (const [at, { openInterestLowerUsd, openInterestUpperUsd }] of tiers.entries()) {
    const field = `tiers[${at}].openInterestLowerUsd`;
    checkOrder(problems, field, openInterestLowerUsd, openInterestUpperUsd, "at most the upper bound");
  }
}

/** Reads a sheet from parsed JSON. @throws {PlimsollError} the first thing wrong with it. */
export const readDydxSheet: (json: unknown) => DydxSheet = format.read;

/** The chain's default tiers. The same document as params/venues/dydx-v4.json. */
export const dydxV4Sheet: DydxSheet = {
  schema: "plimsoll/dydx-v4-sheet@1",
  name: "dYdX Chain, default liquidity tiers",
  asOf: "2024-09",
  sources: [
    {
      url: "https://github.com/dydxprotocol/v4-chain/blob/b358dff9b076112c12f055e5f7708e1d18ff8a02/protocol/testing/genesis.sh",
      note: "Tiers, open interest caps, and the tier of each market.",
    },
    { url: "https://dydx.forum/t/liquidity-tier-maintenance/2939", note: "SOL moves to Mid-Cap." },
  ],
  tiers: [
    {
      name: "Large-Cap",
      initialMarginPpm: 20_000,
      maintenanceFractionPpm: 600_000,
      openInterestLowerUsd: 0,
      openInterestUpperUsd: 0,
      underlyings: ["BTC", "ETH"],
    },
    {
      name: "Mid-Cap",
      initialMarginPpm: 50_000,
      maintenanceFractionPpm: 600_000,
      openInterestLowerUsd: 40e6,
      openInterestUpperUsd: 100e6,
      underlyings: ["SOL"],
    },
    {
      name: "Small-Cap",
      initialMarginPpm: 100_000,
      maintenanceFractionPpm: 500_000,
      openInterestLowerUsd: 20e6,
      openInterestUpperUsd: 50e6,
      underlyings: ["LINK", "POL", "CRV", "ADA", "AVAX", "FIL", "LTC"],
    },
    {
      name: "Long-Tail",
      initialMarginPpm: 200_000,
      maintenanceFractionPpm: 500_000,
      openInterestLowerUsd: 5e6,
      openInterestUpperUsd: 10e6,
      underlyings: [],
    },
    {
      name: "Safety",
      initialMarginPpm: 1_000_000,
      maintenanceFractionPpm: 200_000,
      openInterestLowerUsd: 2e6,
      openInterestUpperUsd: 5e6,
      underlyings: [],
    },
    {
      name: "FX",
      initialMarginPpm: 10_000,
      maintenanceFractionPpm: 500_000,
      openInterestLowerUsd: 0.5e6,
      openInterestUpperUsd: 1e6,
      underlyings: [],
    },
  ],
  openInterest: [],
};

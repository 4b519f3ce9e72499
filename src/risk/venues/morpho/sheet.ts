import { type TSchema, Type } from "typebox";
import { type Problems } from "../../../market/problems.ts";
import { closed, defineSheet, type SheetHead, symbols } from "../shared/sheet.ts";

/** Name and version of the list of Morpho Blue markets that a model may use. */
export const morphoSheetId = "plimsoll/morpho-blue-sheet@1";

/** Isolated borrow markets. Each is immutable: only the list changes. */
export interface MorphoSheet extends SheetHead {
  readonly schema: typeof morphoSheetId;
  readonly markets: readonly {
    /** Symbols under which a book may hold the collateral. */
    readonly collateral: readonly string[];
    /** Symbols under which a book may owe the loan. */
    readonly loan: readonly string[];
    /** Liquidation loan-to-value, fraction below 1. */
    readonly lltv: number;
    readonly collateralDecimals: number;
    readonly loanDecimals: number;
  }[];
}

const decimals = () => Type.Integer({ minimum: 0, maximum: 24 });

const format = defineSheet({
  id: morphoSheetId,
  fields: {
    markets: Type.Array(
      Type.Object(
        {
          collateral: symbols(),
          loan: symbols(),
          lltv: Type.Number({ minimum: 0, maximum: 0.999 }),
          collateralDecimals: decimals(),
          loanDecimals: decimals(),
        },
        closed,
      ),
      { minItems: 1, maxItems: 10_000 },
    ),
  },
  check,
});

/** JSON Schema of {@link MorphoSheet}. */
export const morphoSheetSchema: TSchema = format.schema;

function check(sheet: MorphoSheet, problems: Problems): void {
  for (const [at, { collateral, loan }] of sheet.markets.entries()) {
    const both = collateral.find((symbol) => loan.includes(symbol));
    if (both === undefined) continue;
    problems.add("PLM_DUPLICATE", {
      field: `markets[${at}].loan`,
      value: both,
      limit: "an asset other than the collateral",
      remedy: "Correct the market.",
    });
  }
}

/** Reads a sheet from parsed JSON. @throws {PlimsollError} the first thing wrong with it. */
export const readMorphoSheet: (json: unknown) => MorphoSheet = format.read;

/**
 * Usual markets of the majors against stablecoins and of staked ether against ether, at LLTVs that the DAO approved. The
 * same document as params/venues/morpho-blue.json.
 */
export const morphoBlueSheet: MorphoSheet = {
  schema: "plimsoll/morpho-blue-sheet@1",
  name: "Morpho Blue",
  asOf: "2024-02",
  sources: [
    {
      url: "https://docs.morpho.org/overview/concepts/market",
      note: "LLTVs that the DAO approved: 0, 38.5, 62.5, 77, 86, 91.5, 94.5, 96.5 and 98 %; staked ether against ether at 94.5 %.",
    },
    {
      url: "https://www.binance.bh/en/square/post/32649879901065",
      note: "Which level markets use: 86 % for major coins against stablecoins, 96.5 % for pairs that hardly move.",
    },
  ],
  markets: [
    { collateral: ["BTC", "WBTC"], loan: ["USDC"], lltv: 0.86, collateralDecimals: 8, loanDecimals: 6 },
    { collateral: ["BTC", "WBTC"], loan: ["USDT"], lltv: 0.86, collateralDecimals: 8, loanDecimals: 6 },
    { collateral: ["ETH", "WETH"], loan: ["USDC"], lltv: 0.86, collateralDecimals: 18, loanDecimals: 6 },
    { collateral: ["stETH", "wstETH"], loan: ["USDC"], lltv: 0.86, collateralDecimals: 18, loanDecimals: 6 },
    { collateral: ["stETH", "wstETH"], loan: ["USDT"], lltv: 0.86, collateralDecimals: 18, loanDecimals: 6 },
    {
      collateral: ["stETH", "wstETH"],
      loan: ["ETH", "WETH"],
      lltv: 0.945,
      collateralDecimals: 18,
      loanDecimals: 18,
    },
  ],
};

import { type TSchema, Type } from "typebox";
import { type Problems } from "../../../market/problems.ts";
import { checkOwners, closed, defineSheet, type SheetHead, symbols } from "../shared/sheet.ts";

/** Name and version of Hyperliquid's parameter sheet. */
export const hyperliquidSheetId = "plimsoll/hyperliquid-sheet@1";

/** Margin tiers and portfolio margin parameters of Hyperliquid. */
export interface HyperliquidSheet extends SheetHead {
  readonly schema: typeof hyperliquidSheetId;
  readonly marginTables: readonly {
    readonly underlyings: readonly string[];
    /** Ascending; the first starts at 0. `maxLeverage` holds from `lowerBoundUsd` of notional on. */
    readonly tiers: readonly { readonly lowerBoundUsd: number; readonly maxLeverage: number }[];
  }[];
  readonly portfolio: {
    /** Ratio above which a portfolio margin account is liquidated. */
    readonly liquidationRatio: number;
    /** Added to the requirement, USD. */
    readonly offsetUsd: number;
    /** Tokens that may be borrowed against. */
    readonly collateral: readonly {
      readonly assets: readonly string[];
      /** Loan to value; the liquidation threshold is halfway from it to 1. */
      readonly ltv: number;
      /** Most of it that counts, tokens. Absent: no cap is applied and the result is partial. */
      readonly supplyCap?: number;
    }[];
    /** Most that may be borrowed, USD. Absent: no cap is applied and the result is partial. */
    readonly borrowCapUsd?: number;
  };
}

const amount = () => Type.Number({ minimum: 0, maximum: 1e15 });

const format = defineSheet({
  id: hyperliquidSheetId,
  fields: {
    marginTables: Type.Array(
      Type.Object(
        {
          underlyings: symbols(),
          tiers: Type.Array(
            Type.Object(
              { lowerBoundUsd: amount(), maxLeverage: Type.Number({ minimum: 1, maximum: 1_000 }) },
              closed,
            ),
            { minItems: 1, maxItems: 100 },
          ),
        },
        closed,
      ),
      { minItems: 1, maxItems: 1_000 },
    ),
    portfolio: Type.Object(
      {
        liquidationRatio: Type.Number({ minimum: 0.01, maximum: 1 }),
        offsetUsd: amount(),
        collateral: Type.Array(
          Type.Object(
            {
              assets: symbols(),
              ltv: Type.Number({ minimum: 0, maximum: 1 }),
              supplyCap: Type.Optional(amount()),
            },
            closed,
          ),
          { maxItems: 1_000 },
        ),
        borrowCapUsd: Type.Optional(amount()),
      },
      closed,
    ),
  },
  check,
});

/** JSON Schema of {@link HyperliquidSheet}. */
export const hyperliquidSheetSchema: TSchema = format.schema;

function check({ marginTables, portfolio }: HyperliquidSheet, problems: Problems): void {
  checkOwners(problems, "marginTables", marginTables, ({ underlyings }) => underlyings);
  checkOwners(problems, "portfolio.collateral", portfolio.collateral, ({ assets }) => assets);
  for (const [at, { tiers }] of marginTables.entries()) {
    for (const [tier, { lowerBoundUsd, maxLeverage }] of tiers.entries()) {
      const before = tiers[tier - 1];
      const field = `marginTables[${at}].tiers[${tier}]`;
      const remedy = "List the tiers from the smallest positions to the largest.";
      if (before ? lowerBoundUsd <= before.lowerBoundUsd : lowerBoundUsd !== 0) {
        const limit = before ? `above ${before.lowerBoundUsd}` : "0 in the first tier";
        problems.add("PLM_DOMAIN", { field: `${field}.lowerBoundUsd`, value: lowerBoundUsd, limit, remedy });
      }
      if (before && maxLeverage > before.maxLeverage) {
        const limit = `at most ${before.maxLeverage}, the leverage of the tier before`;
        problems.add("PLM_DOMAIN", { field: `${field}.maxLeverage`, value: maxLeverage, limit, remedy });
      }
    }
  }
}

/** Reads a sheet from parsed JSON. @throws {PlimsollError} the first thing wrong with it. */
export const readHyperliquidSheet: (json: unknown) => HyperliquidSheet = format.read;

const twoTiers = (first: number, boundUsd: number, second: number) => [
  { lowerBoundUsd: 0, maxLeverage: first },
  { lowerBoundUsd: boundUsd, maxLeverage: second },
];

/** Mainnet. The same document as params/venues/hyperliquid.json. */
export const hyperliquidMainnetSheet: HyperliquidSheet = {
  schema: "plimsoll/hyperliquid-sheet@1",
  name: "Hyperliquid mainnet",
  asOf: "2025-12",
  sources: [
    {
      url: "https://hyperliquid.gitbook.io/hyperliquid-docs/trading/margin-tiers",
      note: "Mainnet margin tiers, all of them.",
    },
    {
      url: "https://hyperliquid.gitbook.io/hyperliquid-docs/trading/portfolio-margin",
      note: "Ratio 0.95, offset 20 USD, threshold 0.5 + 0.5 × LTV. The caps are low and change: not in this sheet.",
    },
    {
      url: "https://hyperliquid.gitbook.io/hyperliquid-docs/support/faq/portfolio-margin",
      note: "HYPE and BTC: LTV 50 %.",
    },
  ],
  marginTables: [
    { underlyings: ["BTC"], tiers: twoTiers(40, 150e6, 20) },
    { underlyings: ["ETH"], tiers: twoTiers(25, 100e6, 15) },
    { underlyings: ["SOL"], tiers: twoTiers(20, 70e6, 10) },
    { underlyings: ["XRP"], tiers: twoTiers(20, 40e6, 10) },
    {
      underlyings:
        "DOGE kPEPE SUI WLD TRUMP LTC ENA POPCAT WIF AAVE kBONK LINK CRV AVAX ADA UNI NEAR TIA APT BCH HYPE FARTCOIN".split(
          " ",
        ),
      tiers: twoTiers(10, 20e6, 5),
    },
    {
      underlyings: [
        "OP",
        "ARB",
        "LDO",
        "TON",
        "MKR",
        "ONDO",
        "JUP",
        "INJ",
        "kSHIB",
        "SEI",
        "TRX",
        "BNB",
        "DOT",
      ],
      tiers: twoTiers(10, 3e6, 5),
    },
  ],
  portfolio: {
    liquidationRatio: 0.95,
    offsetUsd: 20,
    collateral: [
      { assets: ["HYPE"], ltv: 0.5 },
      { assets: ["BTC", "UBTC"], ltv: 0.5 },
    ],
  },
};

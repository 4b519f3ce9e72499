import { type TSchema, Type } from "typebox";
import { type Problems } from "../../../market/problems.ts";
import { checkOrder, checkOwners, closed, defineSheet, type SheetHead, symbols } from "../shared/sheet.ts";

/** Name and version of Drift v2's parameter sheet. */
export const driftSheetId = "plimsoll/drift-v2-sheet@1";

/** Risk parameters of Drift v2's markets, as fractions. */
export interface DriftSheet extends SheetHead {
  readonly schema: typeof driftSheetId;
  /** The first is the quote token, in which perpetuals settle. */
  readonly spotMarkets: readonly {
    /** Symbols under which a book may hold it. */
    readonly assets: readonly string[];
    readonly decimals: number;
    readonly initialAssetWeight: number;
    readonly maintenanceAssetWeight: number;
    readonly initialLiabilityWeight: number;
    readonly maintenanceLiabilityWeight: number;
    readonly imfFactor: number;
    /**
     * Deposits of the whole market from which its initial asset weight shrinks, and those deposits, USD. Absent: the weight
     * isn't shrunk and the result is partial; `start` 0: the market has no such rule.
     */
    readonly depositScale?: { readonly startUsd: number; readonly depositsUsd: number };
  }[];
  readonly perpMarkets: readonly {
    readonly underlying: string;
    readonly marginRatioInitial: number;
    /** Absent: the initial ratio, its upper bound, stands in and the result is partial. */
    readonly marginRatioMaintenance?: number;
    /** Absent: no premium for size, and the result is partial. */
    readonly imfFactor?: number;
    /** Weights of an unrealised profit. Absent: it counts in full, and the result is partial if there is one. */
    readonly profitWeights?: {
      readonly initial: number;
      readonly maintenance: number;
      readonly initialImfFactor: number;
    };
  }[];
}

const fraction = (maximum: number) => Type.Number({ minimum: 0, maximum });
const usd = () => Type.Number({ minimum: 0, maximum: 1e12 });

const format = defineSheet({
  id: driftSheetId,
  fields: {
    spotMarkets: Type.Array(
      Type.Object(
        {
          assets: symbols(),
          decimals: Type.Integer({ minimum: 0, maximum: 18 }),
          initialAssetWeight: fraction(1),
          maintenanceAssetWeight: fraction(1),
          initialLiabilityWeight: fraction(10),
          maintenanceLiabilityWeight: fraction(10),
          imfFactor: fraction(10),
          depositScale: Type.Optional(Type.Object({ startUsd: usd(), depositsUsd: usd() }, closed)),
        },
        closed,
      ),
      { minItems: 1, maxItems: 1_000 },
    ),
    perpMarkets: Type.Array(
      Type.Object(
        {
          underlying: Type.String({ minLength: 1, maxLength: 128 }),
          marginRatioInitial: fraction(1),
          marginRatioMaintenance: Type.Optional(fraction(1)),
          imfFactor: Type.Optional(fraction(10)),
          profitWeights: Type.Optional(
            Type.Object(
              { initial: fraction(1), maintenance: fraction(1), initialImfFactor: fraction(10) },
              closed,
            ),
          ),
        },
        closed,
      ),
      { maxItems: 1_000 },
    ),
  },
  check,
});

/** JSON Schema of {@link DriftSheet}. */
export const driftSheetSchema: TSchema = format.schema;

function check({ spotMarkets, perpMarkets }: DriftSheet, problems: Problems): void {
  checkOwners(problems, "spotMarkets", spotMarkets, ({ assets }) => assets);
  checkOwners(problems, "perpMarkets", perpMarkets, ({ underlying }) => [underlying]);
  for (const [at, market] of spotMarkets.entries()) {
    const path = `spotMarkets[${at}]`;
    const { initialAssetWeight, maintenanceAssetWeight } = market;
    const limit = "at most the maintenance weight";
    checkOrder(problems, `${path}.initialAssetWeight`, initialAssetWeight, maintenanceAssetWeight, limit);
    const { initialLiabilityWeight, maintenanceLiabilityWeight } = market;
    checkOrder(
      problems,
      `${path}.maintenanceLiabilityWeight`,
      maintenanceLiabilityWeight,
      initialLiabilityWeight,
      "at most the initial weight",
    );
  }
  for (const [at, { marginRatioInitial, marginRatioMaintenance = 0 }] of perpMarkets.entries()) {
    const path = `perpMarkets[${at}].marginRatioMaintenance`;
    checkOrder(problems, path, marginRatioMaintenance, marginRatioInitial, "at most the initial ratio");
  }
}

/** Reads a sheet from parsed JSON. @throws {PlimsollError} the first thing wrong with it. */
export const readDriftSheet: (json: unknown) => DriftSheet = format.read;

const volatile = {
  initialAssetWeight: 0.8,
  maintenanceAssetWeight: 0.9,
  initialLiabilityWeight: 1.2,
  maintenanceLiabilityWeight: 1.1,
} as const;

/** The main pool. The same document as params/venues/drift-v2.json. */
export const driftV2Sheet: DriftSheet = {
  schema: "plimsoll/drift-v2-sheet@1",
  name: "Drift v2, main pool",
  asOf: "2024-06",
  sources: [
    {
      url: "https://docs.drift.trade/getting-started/cross-collateral-deposits",
      note: "Weights and IMF factors of deposits and borrows. Initial asset weights also shrink with the market's deposits; the start is on chain only.",
    },
    {
      url: "https://docs.drift.trade/protocol/trading/margin/per-market-leverage",
      note: "BTC-PERP: market limit 20x, so an initial ratio of 5 %. ETH and SOL taken alike: the protocol offers up to 20x. Maintenance ratios, IMF factors and profit weights of perpetuals are on chain only.",
    },
  ],
  spotMarkets: [
    {
      assets: ["USDC"],
      decimals: 6,
      initialAssetWeight: 1,
      maintenanceAssetWeight: 1,
      initialLiabilityWeight: 1,
      maintenanceLiabilityWeight: 1,
      imfFactor: 0,
      depositScale: { startUsd: 0, depositsUsd: 0 },
    },
    { assets: ["SOL"], decimals: 9, ...volatile, imfFactor: 0.00125 },
    { assets: ["mSOL"], decimals: 9, ...volatile, imfFactor: 0.003 },
    { assets: ["BTC", "WBTC"], decimals: 8, ...volatile, imfFactor: 0.105 },
    { assets: ["ETH", "WETH"], decimals: 8, ...volatile, imfFactor: 0.025 },
    {
      assets: ["USDT"],
      decimals: 6,
      initialAssetWeight: 0.9,
      maintenanceAssetWeight: 0.95,
      initialLiabilityWeight: 1.1,
      maintenanceLiabilityWeight: 1.05,
      imfFactor: 0.0004,
    },
    { assets: ["JitoSOL"], decimals: 9, ...volatile, imfFactor: 0.00055 },
  ],
  perpMarkets: [
    { underlying: "BTC", marginRatioInitial: 0.05 },
    { underlying: "ETH", marginRatioInitial: 0.05 },
    { underlying: "SOL", marginRatioInitial: 0.05 },
  ],
};

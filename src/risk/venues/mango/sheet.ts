import { type TSchema, Type } from "typebox";
import { type Problems } from "../../../market/problems.ts";
import { checkOrder, checkOwners, closed, defineSheet, type SheetHead, symbols } from "../shared/sheet.ts";

/** Name and version of Mango v4's parameter sheet. */
export const mangoSheetId = "plimsoll/mango-v4-sheet@1";

/** Risk parameters of a Mango v4 group, as fractions. */
export interface MangoSheet extends SheetHead {
  readonly schema: typeof mangoSheetId;
  /** The first is the settlement token of the perpetuals. */
  readonly tokens: readonly {
    /** Symbols under which a book may hold it. */
    readonly assets: readonly string[];
    readonly decimals: number;
    readonly maintAssetWeight: number;
    readonly initAssetWeight: number;
    readonly maintLiabWeight: number;
    readonly initLiabWeight: number;
    /**
     * What the bank's size makes of the initial weights. Absent: they are not scaled and the result is partial.
     */
    readonly scaled?: { readonly initAssetWeight: number; readonly initLiabWeight: number };
  }[];
  readonly perps: readonly {
    readonly underlying: string;
    readonly baseDecimals: number;
    readonly maintBaseAssetWeight: number;
    readonly initBaseAssetWeight: number;
    readonly maintBaseLiabWeight: number;
    readonly initBaseLiabWeight: number;
    readonly maintOverallAssetWeight: number;
    readonly initOverallAssetWeight: number;
  }[];
}

const weightUpTo = (maximum: number) => Type.Number({ minimum: 0, maximum });
const decimals = () => Type.Integer({ minimum: 0, maximum: 18 });

const format = defineSheet({
  id: mangoSheetId,
  fields: {
    tokens: Type.Array(
      Type.Object(
        {
          assets: symbols(),
          decimals: decimals(),
          maintAssetWeight: weightUpTo(1),
          initAssetWeight: weightUpTo(1),
          maintLiabWeight: weightUpTo(100),
          initLiabWeight: weightUpTo(100),
          scaled: Type.Optional(
            Type.Object({ initAssetWeight: weightUpTo(1), initLiabWeight: weightUpTo(1000) }, closed),
          ),
        },
        closed,
      ),
      { minItems: 1, maxItems: 1_000 },
    ),
    perps: Type.Array(
      Type.Object(
        {
          underlying: Type.String({ minLength: 1, maxLength: 128 }),
          baseDecimals: decimals(),
          maintBaseAssetWeight: weightUpTo(1),
          initBaseAssetWeight: weightUpTo(1),
          maintBaseLiabWeight: weightUpTo(100),
          initBaseLiabWeight: weightUpTo(100),
          maintOverallAssetWeight: weightUpTo(1),
          initOverallAssetWeight: weightUpTo(1),
        },
        closed,
      ),
      { maxItems: 1_000 },
    ),
  },
  check,
});

/** JSON Schema of {@link MangoSheet}. */
export const mangoSheetSchema: TSchema = format.schema;

function check({ tokens, perps }: MangoSheet, problems: Problems): void {
  checkOwners(problems, "tokens", tokens, ({ assets }) => assets);
  checkOwners(problems, "perps", perps, ({ underlying }) => [underlying]);
  const upTo = "at most the maintenance weight";
  const from = "at most the initial weight";
  for (const [at, token] of tokens.entries()) {
    const path = `tokens[${at}]`;
    checkOrder(problems, `${path}.initAssetWeight`, token.initAssetWeight, token.maintAssetWeight, upTo);
    checkOrder(problems, `${path}.maintLiabWeight`, token.maintLiabWeight, token.initLiabWeight, from);
  }
  for (const [at, perp] of perps.entries()) {
    const path = `perps[${at}]`;
    checkOrder(
      problems,
      `${path}.initBaseAssetWeight`,
      perp.initBaseAssetWeight,
      perp.maintBaseAssetWeight,
      upTo,
    );
    checkOrder(
      problems,
      `${path}.maintBaseLiabWeight`,
      perp.maintBaseLiabWeight,
      perp.initBaseLiabWeight,
      from,
    );
    checkOrder(
      problems,
      `${path}.initOverallAssetWeight`,
      perp.initOverallAssetWeight,
      perp.maintOverallAssetWeight,
      upTo,
    );
  }
}

/** Reads a sheet from parsed JSON. @throws {PlimsollError} the first thing wrong with it. */
export const readMangoSheet: (json: unknown) => MangoSheet = format.read;

/** Weights of the best listing tier, S. */
const tierS = {
  maintAssetWeight: 0.9,
  initAssetWeight: 0.8,
  maintLiabWeight: 1.1,
  initLiabWeight: 1.2,
} as const;

const perpetual = {
  baseDecimals: 6,
  maintBaseAssetWeight: 0.975,
  initBaseAssetWeight: 0.95,
  maintBaseLiabWeight: 1.025,
  initBaseLiabWeight: 1.05,
  maintOverallAssetWeight: 0.95,
  initOverallAssetWeight: 0.9,
} as const;

/** The main group. The same document as params/venues/mango-v4.json. */
export const mangoV4Sheet: MangoSheet = {
  schema: "plimsoll/mango-v4-sheet@1",
  name: "Mango v4, main group",
  asOf: "2023-01",
  sources: [
    {
      url: "https://www.npmjs.com/package/@blockworks-foundation/mango-v4-settings",
      note: "Version 0.14.24, listing presets: weights of tier S (a 5-million-dollar swap moves the price by less than 1 %).",
    },
    {
      url: "https://github.com/blockworks-foundation/mango-v4",
      note: "Mainnet registration of BTC-PERP: base weights 0.975/0.95/1.025/1.05, overall 0.95/0.9; the SOL perpetual of the test group carries the same, and ETH is taken alike.",
    },
  ],
  tokens: [
    {
      assets: ["USDC"],
      decimals: 6,
      maintAssetWeight: 1,
      initAssetWeight: 1,
      maintLiabWeight: 1,
      initLiabWeight: 1,
      scaled: { initAssetWeight: 1, initLiabWeight: 1 },
    },
    { assets: ["SOL"], decimals: 9, ...tierS },
    { assets: ["BTC", "WBTC"], decimals: 8, ...tierS },
    { assets: ["ETH", "WETH"], decimals: 8, ...tierS },
  ],
  perps: [
    { underlying: "BTC", ...perpetual },
    { underlying: "ETH", ...perpetual },
    { underlying: "SOL", ...perpetual },
  ],
};

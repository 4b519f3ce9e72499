import { type TSchema, Type } from "typebox";
import { type Problems } from "../../../market/problems.ts";
import { checkOrder, checkOwners, closed, defineSheet, type SheetHead, symbols } from "../shared/sheet.ts";

/** Name and version of the parameter sheet of an Aave v3 market. */
export const aaveSheetId = "plimsoll/aave-v3-sheet@1";

/** A market's risk parameters. Basis points, as the contracts hold them. */
export interface AaveSheet extends SheetHead {
  readonly schema: typeof aaveSheetId;
  readonly reserves: readonly {
    /** Symbols under which a book may hold it: `["ETH", "WETH"]`. */
    readonly assets: readonly string[];
    readonly decimals: number;
    /** Absent when no source gives it: the threshold, its upper bound, stands in and the result is partial. */
    readonly ltvBps?: number;
    /** 0: collateral only in an e-mode. */
    readonly ltBps: number;
  }[];
  /** Efficiency modes. An account is in at most one, and then borrows only what it allows. */
  readonly emodes: readonly {
    readonly id: string;
    readonly ltvBps: number;
    readonly ltBps: number;
    readonly collateral: readonly string[];
    readonly borrowable: readonly string[];
  }[];
}

const bps = (description: string) => Type.Integer({ minimum: 0, maximum: 10_000, description });

const format = defineSheet({
  id: aaveSheetId,
  fields: {
    reserves: Type.Array(
      Type.Object(
        {
          assets: symbols(),
          decimals: Type.Integer({ minimum: 0, maximum: 24 }),
          ltvBps: Type.Optional(bps("Loan to value.")),
          ltBps: bps("Liquidation threshold."),
        },
        closed,
      ),
      { minItems: 1, maxItems: 1_000 },
    ),
    emodes: Type.Array(
      Type.Object(
        {
          id: Type.String({ minLength: 1, maxLength: 64 }),
          ltvBps: bps("Loan to value."),
          ltBps: bps("Liquidation threshold."),
          collateral: symbols(),
          borrowable: symbols(),
        },
        closed,
      ),
      { maxItems: 255 },
    ),
  },
  check,
});

/** JSON Schema of {@link AaveSheet}. */
export const aaveSheetSchema: TSchema = format.schema;

function check(sheet: AaveSheet, problems: Problems): void {
  checkOwners(problems, "reserves", sheet.reserves, ({ assets }) => assets);
  for (const [at, { ltvBps = 0, ltBps }] of sheet.reserves.entries()) {
    checkOrder(problems, `reserves[${at}].ltvBps`, ltvBps, ltBps, `at most ltBps, ${ltBps}`);
  }
  for (const [at, { ltvBps, ltBps }] of sheet.emodes.entries()) {
    checkOrder(problems, `emodes[${at}].ltvBps`, ltvBps, ltBps, `at most ltBps, ${ltBps}`);
  }
}

/** Reads a sheet from parsed JSON. @throws {PlimsollError} the first thing wrong with it. */
export const readAaveSheet: (json: unknown) => AaveSheet = format.read;

/** Ethereum, Core instance. The same document as params/venues/aave-v3-ethereum.json. */
export const aaveEthereumSheet: AaveSheet = {
  schema: "plimsoll/aave-v3-sheet@1",
  name: "Aave v3, Ethereum Core",
  asOf: "2022-12",
  sources: [
    {
      url: "https://governance.aave.com/t/arfc-prime-instance-restore-eth-ltv/20933",
      note: "ETH: LTV 80.5 %, threshold 83 % on the Core instance, February 2025.",
    },
    {
      url: "https://governance.aave.com/t/arfc-adjusting-wbtc-parameters-to-address-bitgo-transition-risks/19096",
      note: "BTC (WBTC): LTV 73 %, threshold 78 %, in force in September 2024; the post proposed 70 % and 77 %.",
    },
    {
      url: "https://governance.aave.com/t/arfc-chaos-labs-risk-parameter-updates-ltv-and-lt-alignment/18997",
      note: "USDC and USDT: target threshold 78 %, LTV not stated; LINK 66 % and 71 %. September 2024.",
    },
    {
      url: "https://governance.aave.com/t/arc-aave-v3-ethereum-deployment-assets-and-configurations/10238/22",
      note: "Staked ether outside an e-mode: 72 % and 83 %, a risk manager's recommendation before launch, December 2022.",
    },
    {
      url: "https://governance.aave.com/t/arfc-update-steth-and-weth-risk-params-on-aave-v3-ethereum-optimism-and-arbitrum/16168",
      note: "E-mode of ether and its staked forms: LTV 93 %, threshold 95 %. January 2024.",
    },
  ],
  reserves: [
    { assets: ["ETH", "WETH"], decimals: 18, ltvBps: 8050, ltBps: 8300 },
    { assets: ["BTC", "WBTC"], decimals: 8, ltvBps: 7300, ltBps: 7800 },
    { assets: ["stETH", "wstETH"], decimals: 18, ltvBps: 7200, ltBps: 8300 },
    { assets: ["USDC"], decimals: 6, ltBps: 7800 },
    { assets: ["USDT"], decimals: 6, ltBps: 7800 },
    { assets: ["LINK"], decimals: 18, ltvBps: 6600, ltBps: 7100 },
  ],
  emodes: [
    {
      id: "eth-correlated",
      ltvBps: 9300,
      ltBps: 9500,
      collateral: ["ETH", "WETH", "stETH", "wstETH"],
      borrowable: ["ETH", "WETH", "stETH", "wstETH"],
    },
  ],
};

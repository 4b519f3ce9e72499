import { type TSchema, Type } from "typebox";
import { checkOwners, closed, defineSheet, type SheetHead } from "../shared/sheet.ts";
import { number, numbers, type Plain, symbol, symbols } from "./sheet.ts";
import { type DepegParams, type StandardMarketParams } from "./standard.ts";

/** Name and version of a parameter sheet of Derive's standard margin. */
export const deriveStandardSheetId = "plimsoll/derive-standard-sheet@1";

/** Rates of one market. A product without rates is not listed there. */
export interface DeriveStandardMarketSheet {
  readonly perp?: Plain<StandardMarketParams["perp"]>;
  readonly option?: Plain<StandardMarketParams["option"]>;
}

/** What the venue publishes of its standard manager, with field names as its contracts have them. */
export interface DeriveStandardSheet extends SheetHead {
  readonly schema: typeof deriveStandardSheetId;
  /** What accounts settle in. */
  readonly settlementAsset: string;
  readonly depegParams: Plain<DepegParams>;
  readonly oracleContingency: Plain<StandardMarketParams["oracleContingency"]>;
  readonly markets: readonly (DeriveStandardMarketSheet & { readonly underlyings: readonly string[] })[];
  /** For underlyings that `markets` does not have. Absent: they are not listed. */
  readonly otherMarkets?: DeriveStandardMarketSheet;
  readonly collaterals: readonly (Plain<StandardMarketParams["base"]> & {
    readonly assets: readonly string[];
  })[];
}

const marketFields = {
  perp: Type.Optional(numbers<StandardMarketParams["perp"]>(["mmPerpReq", "imPerpReq"])),
  option: Type.Optional(
    numbers<StandardMarketParams["option"]>([
      "maxSpotReq",
      "minSpotReq",
      "mmCallSpotReq",
      "mmPutSpotReq",
      "MMPutMtMReq",
      "unpairedIMScale",
      "unpairedMMScale",
      "mmOffsetScale",
    ]),
  ),
};

const format = defineSheet({
  id: deriveStandardSheetId,
  fields: {
    settlementAsset: symbol(),
    depegParams: numbers<DepegParams>(["threshold", "depegFactor"]),
    oracleContingency: numbers<StandardMarketParams["oracleContingency"]>([
      "perpThreshold",
      "optionThreshold",
      "baseThreshold",
      "OCFactor",
    ]),
    markets: Type.Array(Type.Object({ underlyings: symbols(), ...marketFields }, closed), {
      maxItems: 1_000,
    }),
    otherMarkets: Type.Optional(Type.Object(marketFields, closed)),
    collaterals: Type.Array(
      Type.Object({ assets: symbols(), marginFactor: number(0), IMScale: number(0) }, closed),
      { maxItems: 1_000 },
    ),
  },
  check({ markets, collaterals }, problems) {
    checkOwners(problems, "markets", markets, ({ underlyings }) => underlyings);
    checkOwners(problems, "collaterals", collaterals, ({ assets }) => assets);
  },
});

/** JSON Schema of {@link DeriveStandardSheet}. */
export const deriveStandardSheetSchema: TSchema = format.schema;

/** Reads a sheet from parsed JSON. @throws {PlimsollError} the first thing wrong with it. */
export const readDeriveStandardSheet: (json: unknown) => DeriveStandardSheet = format.read;

/** Mainnet. The same document as params/venues/derive-standard.json. */
export const deriveStandardSheet: DeriveStandardSheet = {
  schema: "plimsoll/derive-standard-sheet@1",
  name: "Derive standard margin",
  asOf: "2025-01",
  sources: [
    {
      url: "https://github.com/derivexyz/v2-core/tree/7736900d395703c4f675376caa4c315402943831",
      note: "Parameters of the mainnet deployment script: BTC, ETH and SNX in full; perpetuals of other underlyings, most of which have 6.7 % and 10 %; restaked ether 65 % and 77 %.",
    },
  ],
  settlementAsset: "USDC",
  depegParams: { threshold: 0.99, depegFactor: 2 },
  oracleContingency: { perpThreshold: 0.55, optionThreshold: 0.55, baseThreshold: 0.55, OCFactor: 1 },
  markets: [
    {
      underlyings: ["BTC", "ETH"],
      perp: { mmPerpReq: 0.065, imPerpReq: 0.1 },
      option: {
        maxSpotReq: 0.15,
        minSpotReq: 0.13,
        mmCallSpotReq: 0.09,
        mmPutSpotReq: 0.09,
        MMPutMtMReq: 0.09,
        unpairedIMScale: 1.2,
        unpairedMMScale: 1.1,
        mmOffsetScale: 1.05,
      },
    },
    {
      underlyings: ["SNX"],
      perp: { mmPerpReq: 0.065, imPerpReq: 0.1 },
      option: {
        maxSpotReq: 0.25,
        minSpotReq: 0.225,
        mmCallSpotReq: 0.15,
        mmPutSpotReq: 0.15,
        MMPutMtMReq: 0.15,
        unpairedIMScale: 1.4,
        unpairedMMScale: 1.3,
        mmOffsetScale: 1.05,
      },
    },
    { underlyings: ["PEPE", "WIF", "TAO", "SEI", "EIGEN"], perp: { mmPerpReq: 0.143, imPerpReq: 0.2 } },
    { underlyings: ["DEGEN", "BITCOIN"], perp: { mmPerpReq: 0.2, imPerpReq: 0.333 } },
    { underlyings: ["TRUMP"], perp: { mmPerpReq: 0.4545, imPerpReq: 0.5 } },
  ],
  otherMarkets: { perp: { mmPerpReq: 0.067, imPerpReq: 0.1 } },
  collaterals: [
    { assets: ["ETH"], marginFactor: 0.8, IMScale: 0.9375 },
    { assets: ["BTC"], marginFactor: 0.75, IMScale: 0.93 },
    { assets: ["SNX"], marginFactor: 0.7, IMScale: 0.65 },
    { assets: ["WEETH", "RSWETH", "RSETH"], marginFactor: 0.65, IMScale: 0.77 },
  ],
};

import { type TSchema, Type } from "typebox";
import { checkOwners, closed, defineSheet } from "../shared/sheet.ts";
import { type Pm2Params, type Pm2Scenario } from "./pm2-inputs.ts";
import {
  basisSchema,
  flooredVolShockSchema,
  mostScenarios,
  number,
  numbers,
  pegNames,
  type Plain,
  type PmSheet,
  pmSheetFields,
  symbol,
} from "./sheet.ts";

/** Name and version of a parameter sheet of Derive's second-generation portfolio margin. */
export const derivePm2SheetId = "plimsoll/derive-pm2-sheet@1";

/** Haircuts of one asset, fractions of its value. */
export interface DeriveHaircut {
  readonly maintenance: number;
  /** On top of maintenance. */
  readonly initialExtra: number;
}

/** What the venue publishes of one PM2 manager, with field names as its contracts have them. */
export interface DerivePm2Sheet extends PmSheet {
  readonly schema: typeof derivePm2SheetId;
  readonly collaterals: readonly {
    readonly asset: string;
    /** The underlying whose account takes it as a hedge: it then moves with the scenarios. */
    readonly underlying?: string;
    /** In that account. Absent: no account takes it as a hedge. */
    readonly own?: DeriveHaircut;
    /** In any other account. Absent: refused there. */
    readonly other?: DeriveHaircut;
  }[];
  readonly parameters: Plain<Pm2Params>;
}

const haircut = Type.Object(
  {
    maintenance: Type.Number({ minimum: 0, maximum: 1 }),
    initialExtra: Type.Number({ minimum: 0, maximum: 1 }),
  },
  closed,
);

const parameters = Type.Object(
  {
    basisContingency: basisSchema,
    otherContingency: numbers<Pm2Params["otherContingency"]>([
      ...pegNames,
      "MMPerpPercent",
      "IMPerpPercent",
      "MMOptionPercent",
      "IMOptionPercent",
    ]),
    margin: numbers<Pm2Params["margin"]>([
      "imFactor",
      "mmFactor",
      "shortRateMultScale",
      "longRateMultScale",
      "shortRateAddScale",
      "longRateAddScale",
      "shortBaseStaticDiscount",
      "longBaseStaticDiscount",
    ]),
    volShock: flooredVolShockSchema,
    skewShock: numbers<Pm2Params["skewShock"]>(
      [
        "linearBaseCap",
        "absBaseCap",
        "linearCBase",
        "absCBase",
        "minKStar",
        "widthScale",
        "volParamStatic",
        "volParamScale",
      ],
      -1_000,
    ),
    scenarios: Type.Array(
      Type.Object(
        {
          spotShock: number(0),
          volShock: Type.Enum(["none", "up", "down", "linear", "abs"]),
          dampeningFactor: number(0),
        },
        closed,
      ),
      { minItems: 1, maxItems: mostScenarios },
    ),
  },
  closed,
);

const format = defineSheet({
  id: derivePm2SheetId,
  fields: {
    ...pmSheetFields,
    collaterals: Type.Array(
      Type.Object(
        {
          asset: symbol(),
          underlying: Type.Optional(symbol()),
          own: Type.Optional(haircut),
          other: Type.Optional(haircut),
        },
        closed,
      ),
      { maxItems: 1_000 },
    ),
    parameters: Type.Unsafe<Plain<Pm2Params>>(parameters),
  },
  check: ({ collaterals }, problems) =>
    checkOwners(problems, "collaterals", collaterals, ({ asset }) => [asset]),
});

/** JSON Schema of {@link DerivePm2Sheet}. */
export const derivePm2SheetSchema: TSchema = format.schema;

/** Reads a sheet from parsed JSON. @throws {PlimsollError} the first thing wrong with it. */
export const readDerivePm2Sheet: (json: unknown) => DerivePm2Sheet = format.read;

const row = (
  spotShock: number,
  volShock: Pm2Scenario["volShock"],
  dampeningFactor: number = 1,
): Plain<Pm2Scenario> => ({ spotShock, volShock, dampeningFactor });

const grid: readonly Plain<Pm2Scenario>[] = [
  row(1.18, "up"),
  ...[1.135, 1.09, 1.045, 1, 0.955, 0.91, 0.865].flatMap((spot) => [
    row(spot, "up"),
    row(spot, "none"),
    row(spot, "down"),
  ]),
  row(0.82, "up"),
  row(0.34, "up", 0.21),
  row(0.67, "up", 0.42),
  row(1.5, "up", 0.2772),
  row(2, "up", 0.1386),
  row(3, "up", 0.0693),
  row(4, "up", 0.0462),
  row(5, "up", 0.03465),
  row(6, "up", 0.02772),
  row(1, "linear"),
  row(1, "abs"),
];

/** BTC and ETH. The same document as params/venues/derive-pm2.json. */
export const derivePm2Sheet: DerivePm2Sheet = {
  schema: "plimsoll/derive-pm2-sheet@1",
  name: "Derive PM2, BTC and ETH",
  asOf: "2025-01",
  sources: [
    {
      url: "https://github.com/derivexyz/v2-core/tree/7736900d395703c4f675376caa4c315402943831",
      note: "Parameters of the mainnet deployment script. It writes the base static discounts as short 0.95 and long 1.05, which would mark what is owned up under stress; the test fixtures there have long below and short above 1, and so does this sheet. Rate 0: no public feed.",
    },
    {
      url: "https://github.com/derivexyz/v2-core/tree/7736900d395703c4f675376caa4c315402943831",
      note: "Haircuts of the portfolio-margin test figures there: BTC, CBBTC and LBTC in a BTC account, ETH, WEETH, RSWETH, SDAI and USDE in another's, LBTC in an ETH account. ETH in its own account is taken as BTC, BTC in another's as ETH, CBBTC in another's as LBTC.",
    },
  ],
  underlyings: ["BTC", "ETH"],
  settlementAsset: "USDC",
  maxExpiries: 10,
  maxAssets: 128,
  rate: 0,
  collaterals: [
    {
      asset: "BTC",
      underlying: "BTC",
      own: { maintenance: 0.02, initialExtra: 0.01 },
      other: { maintenance: 0.15, initialExtra: 0.05 },
    },
    {
      asset: "ETH",
      underlying: "ETH",
      own: { maintenance: 0.02, initialExtra: 0.01 },
      other: { maintenance: 0.15, initialExtra: 0.05 },
    },
    {
      asset: "CBBTC",
      underlying: "BTC",
      own: { maintenance: 0.04, initialExtra: 0.015 },
      other: { maintenance: 0.3, initialExtra: 0.05 },
    },
    {
      asset: "LBTC",
      underlying: "BTC",
      own: { maintenance: 0.03, initialExtra: 0.015 },
      other: { maintenance: 0.3, initialExtra: 0.05 },
    },
    { asset: "WEETH", other: { maintenance: 0.25, initialExtra: 0.1 } },
    { asset: "RSWETH", other: { maintenance: 0.2, initialExtra: 0.05 } },
    { asset: "SDAI", other: { maintenance: 0.12, initialExtra: 0.03 } },
    { asset: "USDE", other: { maintenance: 0.2, initialExtra: 0.05 } },
  ],
  parameters: {
    basisContingency: {
      scenarioSpotUp: 1.045,
      scenarioSpotDown: 0.955,
      basisContAddFactor: 0.5,
      basisContMultFactor: 2,
    },
    otherContingency: {
      pegLossThreshold: 0.99,
      pegLossFactor: 4,
      confThreshold: 0.55,
      confMargin: 1,
      MMPerpPercent: 0.03,
      IMPerpPercent: 0.01,
      MMOptionPercent: 0.003,
      IMOptionPercent: 0.002,
    },
    margin: {
      imFactor: 1,
      mmFactor: 0.8,
      shortRateMultScale: 0,
      longRateMultScale: 0,
      shortRateAddScale: 0.16,
      longRateAddScale: 0.16,
      shortBaseStaticDiscount: 1.05,
      longBaseStaticDiscount: 0.95,
    },
    volShock: {
      volRangeUp: 0.5,
      volRangeDown: 0.3,
      shortTermPower: 0.3,
      longTermPower: 0.13,
      dteFloor: 86_400,
      minVolUpShock: 0.4,
    },
    skewShock: {
      linearBaseCap: 0.25,
      absBaseCap: 0.25,
      linearCBase: -0.1,
      absCBase: -0.1,
      minKStar: 0.01,
      widthScale: 4,
      volParamStatic: 0.6,
      volParamScale: 0,
    },
    scenarios: grid,
  },
};

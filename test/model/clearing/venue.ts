import {
  type AssetSpec,
  type Command,
  type InstrumentSpec,
  type UnderlyingSpec,
} from "../../../src/clearing/protocol/index.ts";

/** One command of a run. Its sequence, nonce and time are given when it is applied, so that a run stays one when steps are left out. */
export interface Step {
  readonly signer: string;
  readonly command: Command;
  /** Time that passes before it. */
  readonly advanceMs: number;
}

export const startMs = 1_790_000_000_000;
export const addressOf = (n: number): string => `0x${n.toString(16).padStart(40, "0")}`;
/** Holds every role. */
export const officer: string = addressOf(0xadd);

const asset = (name: string, change: Partial<AssetSpec>): AssetSpec => ({
  name,
  kind: "major",
  decimals: 8,
  underlying: name,
  feed: name,
  depositCapUnits: 1e14,
  haircutPpm: 100_000,
  borrowable: true,
  borrowCapUnits: 1e7,
  rateAtZeroPpm: 20_000,
  rateAtOptimumPpm: 200_000,
  rateAtFullPpm: 9_000_000,
  optimalUsePpm: 700_000,
  reserveSharePpm: 150_000,
  ...change,
});

export const assets: readonly AssetSpec[] = [
  asset("USDC", {
    kind: "stablecoin",
    decimals: 6,
    underlying: "",
    feed: "",
    haircutPpm: 0,
    depositCapUnits: 60_000_000_000,
    borrowCapUnits: 3_000_000_000,
  }),
  asset("BTC", {}),
  // Not borrowable, nine decimals.
  asset("ETH", {
    decimals: 9,
    haircutPpm: 120_000,
    borrowable: false,
    borrowCapUnits: 0,
    depositCapUnits: 1e13,
  }),
];

const underlying = (name: string): UnderlyingSpec => ({
  name,
  minimumPublishers: 1,
  maxPriceAgeMs: 1_800_000,
  maxMovePerSecondPpm: 200_000,
});
export const underlyings: readonly UnderlyingSpec[] = [underlying("BTC"), underlying("ETH")];

const instrument = (
  change: Partial<InstrumentSpec> & Pick<InstrumentSpec, "name" | "kind">,
): InstrumentSpec => ({
  underlying: "BTC",
  settlementAsset: "USDC",
  baseAsset: "",
  settlement: "linear",
  tickMicros: 10_000_000,
  lotNanos: 1_000_000,
  lotUsdMicros: 0,
  expiryMs: 0,
  settlementWindowMs: 0,
  strikeMicros: 0,
  optionType: "none",
  fundingIntervalMs: 0,
  fundingInterestPpm: 0,
  fundingCapPpm: 0,
  priceBandPpm: 50_000,
  maxOrderLots: 400,
  positionLimitLots: 900,
  openInterestCapLots: 0,
  openInterestLowerLots: 0,
  openInterestUpperLots: 0,
  makerFeePpm: 150,
  takerFeePpm: 450,
  optionFeeCapPpm: 0,
  initialMarginPpm: 50_000,
  maintenanceMarginPpm: 25_000,
  ...change,
});

const funding = { fundingIntervalMs: 600_000, fundingInterestPpm: 100, fundingCapPpm: 10_000 };

/** Instruments that are there from the start: a rebate, a coin-settled one, spot, and one near its caps. */
export const firstInstruments: readonly InstrumentSpec[] = [
  instrument({ name: "BTC-PERP", kind: "perpetual", ...funding, makerFeePpm: -50 }),
  instrument({
    name: "BTCUSD",
    kind: "perpetual",
    ...funding,
    settlement: "inverse",
    settlementAsset: "BTC",
    tickMicros: 7_000_000,
    lotNanos: 0,
    lotUsdMicros: 10_000_000,
    maxOrderLots: 5_000,
    positionLimitLots: 20_000,
    makerFeePpm: 0,
  }),
  instrument({
    name: "BTC-USDC",
    kind: "spot",
    baseAsset: "BTC",
    lotNanos: 700_000,
    initialMarginPpm: 0,
    maintenanceMarginPpm: 0,
  }),
  instrument({
    name: "ETH-PERP",
    kind: "perpetual",
    ...funding,
    underlying: "ETH",
    tickMicros: 1_000_000,
    lotNanos: 10_000_000,
    openInterestCapLots: 250,
    openInterestLowerLots: 50,
    openInterestUpperLots: 400,
    maxOrderLots: 1_000,
    positionLimitLots: 2_000,
  }),
  instrument({
    name: "ETH-USDC",
    kind: "spot",
    underlying: "ETH",
    baseAsset: "ETH",
    tickMicros: 1_000_000,
    lotNanos: 3_000_000,
    initialMarginPpm: 0,
    maintenanceMarginPpm: 0,
    makerFeePpm: -100,
  }),
];

/** What expires: futures of both settlements, and options about the money. */
export function datedInstruments(series: number, expiryMs: number, btcMicros: number): InstrumentSpec[] {
  const dated = { expiryMs, settlementWindowMs: 300_000 };
  const strike = (share: number): number => Math.round((btcMicros * share) / 1e9) * 1e9;
  const option = {
    ...dated,
    kind: "option" as const,
    optionFeeCapPpm: 125_000,
    makerFeePpm: 300,
    takerFeePpm: 300,
    priceBandPpm: 50_000,
    initialMarginPpm: 150_000,
    maintenanceMarginPpm: 75_000,
  };
  return [
    instrument({ name: `BTC-${series}`, kind: "future", ...dated }),
    instrument({
      name: `BTCUSD-${series}`,
      kind: "future",
      ...dated,
      settlement: "inverse",
      settlementAsset: "BTC",
      tickMicros: 3_000_000,
      lotNanos: 0,
      lotUsdMicros: 10_000_000,
      maxOrderLots: 5_000,
      positionLimitLots: 20_000,
    }),
    instrument({ name: `C-${series}`, ...option, strikeMicros: strike(1.01), optionType: "call" }),
    instrument({ name: `P-${series}`, ...option, strikeMicros: strike(0.99), optionType: "put" }),
    instrument({ name: `D-${series}`, ...option, strikeMicros: strike(1.05), optionType: "call" }),
  ];
}

/** Everything up to the first price. */
export function openingSteps(owners: readonly string[]): Step[] {
  const by = (signer: string, command: Command): Step => ({ signer, command, advanceMs: 0 });
  const roles = ["operator", "risk", "publisher", "treasurer", "guardian"] as const;
  return [
    by("", { type: "genesis", venue: "twin", chainId: 1, admins: [officer] }),
    ...roles.map((role) => by(officer, { type: "grantRole", role, key: officer, granted: true })),
    // The twin knows margin calls, not what follows from them.
    by(officer, { type: "setParameter", target: "liquidation", index: 0, parameter: "enabled", value: 0 }),
    ...underlyings.map((spec) => by(officer, { type: "listUnderlying", underlying: spec })),
    ...assets.map((spec) => by(officer, { type: "listAsset", asset: spec })),
    ...firstInstruments.map((spec) => by(officer, { type: "listInstrument", instrument: spec })),
    ...owners.flatMap((owner, i) => [
      by(owner, { type: "openAccount", marginMode: i % 2 === 0 ? "cross" : "isolated" }),
      by(owner, { type: "openAccount", marginMode: "cross" }),
    ]),
  ];
}

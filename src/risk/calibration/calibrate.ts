import { type History } from "../../market/index.ts";
import { PlimsollError } from "../../quantity/index.ts";
import { exp, log } from "../../numerics/exp-log.ts";
import {
  type AssetRiskParameters,
  type ExtremeMove,
  type MarginParameters,
  type ParameterSource,
  type RiskClassParameters,
} from "../parameters/margin-parameters.ts";
import { type HalfLifeScore, scoreHalfLives } from "./filter-calibration.ts";
import { calibratePeg, type PegEstimate } from "./peg-calibration.ts";
import {
  calibrateSmile,
  calibrateVolLevel,
  type SmileEstimate,
  type SmileObservation,
  thirtyDaySeries,
  type VolEstimate,
  type VolObservation,
} from "./smile-calibration.ts";
import { calibrateSpot, type SpotEstimate } from "./spot-calibration.ts";
import { quantile, roundTo, roundUpTo } from "./tail.ts";

/** Price ÷ peg of one asset in order of time. */
export interface PegSeries {
  readonly asset: string;
  readonly kind: "stablecoin" | "staked";
  readonly ratios: readonly number[];
  /** Observations of a trailing window in which its usual ratio is measured. */
  readonly window: number;
}

/** What is known of one underlying's liquidity. */
export interface LiquidityObservation {
  readonly symbol: string;
  /** Bid–ask spreads as fractions of price. */
  readonly spreads: readonly number[];
  /** Resting size within 50 bps of mid, both sides, USD. */
  readonly depthsUsd: readonly number[];
  /** Traded value a day, USD. */
  readonly dailyVolumesUsd: readonly number[];
  /** Half bid–ask spreads of options, in volatility. */
  readonly optionHalfSpreadVols: readonly number[];
}

/** Everything that a calibration looks at. All of it is before the dates in {@link spanText}. */
export interface CalibrationData {
  /** Hourly spot of many underlyings. */
  readonly spots: History;
  readonly dailyVols: readonly (readonly VolObservation[])[];
  readonly smiles: readonly SmileObservation[];
  readonly pegs: readonly PegSeries[];
  readonly liquidity: readonly LiquidityObservation[];
  /** Data and dates in words, for the document. */
  readonly spanText: {
    readonly prices: string;
    readonly chains: string;
    readonly pegs: string;
    readonly liquidity: string;
  };
}

/** What was estimated, for the person who wants to see it. */
export interface CalibrationReport {
  readonly parameters: MarginParameters;
  readonly spots: readonly SpotEstimate[];
  readonly volLevel: VolEstimate;
  /** Tail of spot over all of its history ÷ that over the days with volatility; scales the volatility shocks. */
  readonly stressRatio: number;
  readonly smile: SmileEstimate;
  readonly pegs: readonly PegEstimate[];
  readonly halfLives: readonly HalfLifeScore[];
}

const halfLivesTried: readonly number[] = [24, 48, 72, 120, 168, 240, 336, 504, 720];

/** With fewer moves the worst half percent is less than five of them. */
const fewestMoves = 1_000;

/** The market's stand-in: the longest and most liquid history. */
const marketSymbol = "BTC";

/** Share of the class's underlyings that its range covers: a class is as wide as all but the wildest tenth of its members. */
const classShare = 0.9;

/**
 * The share of an extreme move's loss that counts falls with its size: (range ÷ |move|)^1.25. With the power 1 that Deribit and
 * Paradex use, every short option needs as much as a naked future; on chains before 2026-04, their worst day then took a
 * third of their maintenance requirement where it took nine tenths of a perpetual's. 1.25 brings the types of book nearer to
 * one safety.
 */
const extremeDamping = 1.25;
const dampedShare = (ratio: number): number => (ratio >= 1 ? 1 : exp(extremeDamping * log(ratio)));
const damped = (extremes: readonly ExtremeMove[], range: number): readonly ExtremeMove[] =>
  extremes.map(({ move }) => ({ move, weight: roundTo(dampedShare(range / Math.abs(move)), 10_000) }));

function spotOfClass(
  estimates: readonly SpotEstimate[],
): Pick<RiskClassParameters, "spotRange" | "marketBeta" | "spotResidual"> | undefined {
  if (estimates.length === 0) return undefined;
  const range = quantile(
    estimates.map((estimate) => estimate.range),
    classShare,
  );
  // Beta and residual are shares of each underlying's own range; those of the class must hold for its calmest member too.
  const residual = quantile(
    estimates.map((estimate) => estimate.residual),
    classShare,
  );
  const beta = quantile(
    estimates.map((estimate) => estimate.beta),
    0.5,
  );
  return {
    spotRange: Math.min(0.95, roundUpTo(range, 200)),
    marketBeta: roundTo(beta, 20),
    spotResidual: roundUpTo(Math.max(residual, smallestResidual), 40),
  };
}

/** The chains show bases of the majors in one quiet year. Judgement, from the premiums of 2020 and 2021: never below this, by class. */
const basisFloors: Readonly<Record<string, number>> = { btc: 0.15, eth: 0.15, major: 0.25, default: 0.5 };

/** Judgement: hourly closes miss the depth of USDC's fall of 2023-03-11 (0.882 on Binance), and staked ether's of 2022-06 was slow. */
const pegFloors = { stablecoin: 0.12, staked: 0.08 };

/** Half the distance of two grid points: with less, a move between two points would belong to none. */
const smallestResidual = 0.0625;

function liquidityOfClass(observations: readonly LiquidityObservation[]): Partial<RiskClassParameters> {
  const all = (of: (observation: LiquidityObservation) => readonly number[]): number[] =>
    observations.flatMap(of);
  const spreads = all(({ spreads: values }) => values);
  const depths = all(({ depthsUsd }) => depthsUsd);
  const volumes = observations.flatMap(({ dailyVolumesUsd }) =>
    dailyVolumesUsd.length > 0 ? [quantile(dailyVolumesUsd, 0.5)] : [],
  );
  const options = all(({ optionHalfSpreadVols }) => optionHalfSpreadVols);
  // Close-out happens in bad hours: the tenth percentile of depth, the 99th of spreads; of volume that of the members' medians.
  return {
    ...(spreads.length > 0 ? { halfSpread: roundUpTo(quantile(spreads, 0.99) / 2, 100_000) } : {}),
    ...(depths.length > 0 ? { depth50bpsUsd: roundTo(quantile(depths, 0.1), 1e-5) } : {}),
    ...(volumes.length > 0 ? { dailyVolumeUsd: roundTo(quantile(volumes, 0.1), 1e-7) } : {}),
    ...(options.length > 0 ? { optionHalfSpreadVol: roundUpTo(quantile(options, 0.75), 1000) } : {}),
  };
}

const volOfClass = (vol: VolEstimate, stressRatio: number): Partial<RiskClassParameters> =>
  vol.moves === 0
    ? {}
    : {
        volUp: roundUpTo(vol.up * stressRatio, 100),
        volDown: roundUpTo(vol.down * stressRatio, 100),
        volSpotBetaDown: roundTo(vol.spotBetaDown, 20),
        volSpotBetaUp: roundTo(vol.spotBetaUp, 20),
      };

const smileOfClass = (smile: SmileEstimate, basisFloor: number): Partial<RiskClassParameters> =>
  smile.pairs === 0
    ? {}
    : {
        volPowerShort: roundTo(Math.max(0, smile.powerShort), 100),
        volPowerLong: roundTo(Math.max(0, smile.powerLong), 100),
        skewShock: roundUpTo(smile.skew, 100),
        smileShock: roundUpTo(smile.smile, 100),
        basisShock: roundUpTo(Math.max(smile.basis, basisFloor), 100),
      };

function fittedClass(
  base: RiskClassParameters,
  basisFloor: number,
  spot: ReturnType<typeof spotOfClass>,
  vol: VolEstimate,
  smile: SmileEstimate,
  stressRatio: number,
  liquidity: Partial<RiskClassParameters>,
): RiskClassParameters {
  const range = spot?.spotRange ?? base.spotRange;
  return {
    ...base,
    ...spot,
    extremes: damped(base.extremes, range),
    ...volOfClass(vol, stressRatio),
    ...smileOfClass(smile, basisFloor),
    ...liquidity,
  };
}

function fittedPeg(
  base: AssetRiskParameters,
  floor: number,
  estimates: readonly PegEstimate[],
): AssetRiskParameters {
  if (estimates.length === 0) return base;
  return {
    ...base,
    pegDown: roundUpTo(Math.max(floor, ...estimates.map(({ fall }) => fall)), 200),
    pegUp: roundUpTo(Math.max(...estimates.map(({ rise }) => rise)), 200),
  };
}

const classNameOf = (parameters: MarginParameters, symbol: string): string =>
  Object.hasOwn(parameters.underlyings, symbol) ? (parameters.underlyings[symbol] ?? "default") : "default";

/** What the data told, of all that a calibration can estimate. */
interface Estimated {
  readonly halfLife: boolean;
  readonly vol: boolean;
  readonly smile: boolean;
  readonly pegKinds: ReadonlySet<string>;
  /** Classes with a member whose moves were seen. */
  readonly spotClasses: ReadonlySet<string>;
}

/** Sources of what was estimated; of the rest, those of `base`. */
function sources(
  base: MarginParameters,
  data: CalibrationData,
  { halfLife, vol, smile, pegKinds, spotClasses }: Estimated,
): readonly ParameterSource[] {
  const { prices, chains, pegs, liquidity } = data.spanText;
  const fitted: ParameterSource[] = [];
  if (halfLife) {
    fitted.push({
      parameter: "shortfall.halfLifeHours",
      fittedFrom: `best one-day QLIKE of hourly moves of the majors; ${prices}`,
    });
  }
  for (const kind of ["stablecoin", "staked"]) {
    if (!pegKinds.has(kind)) continue;
    fitted.push({
      parameter: `assetKinds.${kind}`,
      fittedFrom: `deepest excursion from its trailing median, custody haircut by judgement; ${pegs}`,
    });
  }
  for (const name of Object.keys(base.classes)) {
    const at = `classes.${name}`;
    for (const key of spotClasses.has(name) ? ["spotRange", "marketBeta", "spotResidual"] : []) {
      fitted.push({
        parameter: `${at}.${key}`,
        fittedFrom: `tail means over the horizon, of its members; ${prices}`,
      });
    }
    fitted.push({
      parameter: `${at}.extremes`,
      fittedFrom: "moves by judgement; weights (spotRange ÷ |move|)^1.25",
    });
    for (const key of vol ? ["volUp", "volDown", "volSpotBetaDown", "volSpotBetaUp"] : []) {
      fitted.push({
        parameter: `${at}.${key}`,
        fittedFrom: `daily changes of ln(30-day volatility) of BTC and ETH; ${chains}`,
      });
    }
    for (const key of smile
      ? ["volPowerShort", "volPowerLong", "skewShock", "smileShock", "basisShock"]
      : []) {
      fitted.push({
        parameter: `${at}.${key}`,
        fittedFrom: `daily changes of fitted smiles of BTC and ETH; ${chains}`,
      });
    }
    for (const key of ["halfSpread", "depth50bpsUsd", "dailyVolumeUsd", "optionHalfSpreadVol"]) {
      fitted.push({
        parameter: `${at}.${key}`,
        fittedFrom: `${liquidity}; where a class has none, judgement`,
      });
    }
  }
  const isFitted = (parameter: string): boolean => fitted.some((source) => source.parameter === parameter);
  return [...fitted, ...base.sources.filter(({ parameter }) => !isFitted(parameter))];
}

/**
 * Fits the margin parameters to history. What history cannot tell (levels, multipliers, shares, floors, custody) stays as in
 * `base`. Every estimator is described in docs/calibration.md; the same data give the same document.
 */
export function calibrate(base: MarginParameters, data: CalibrationData, version: string): CalibrationReport {
  const symbols = [...data.spots.series.values()].flatMap(({ factor, of }) =>
    factor === "spot" ? [of] : [],
  );
  const horizonHours = base.classes.default.horizonHours;
  const horizonSteps = Math.max(1, Math.round((horizonHours * 3_600_000) / data.spots.intervalMs));
  const spots = calibrateSpot({ history: data.spots, symbols, market: marketSymbol, horizonSteps });
  const marketMoves = spots.find(({ symbol }) => symbol === marketSymbol)?.moves ?? 0;
  if (marketMoves < fewestMoves) {
    throw new PlimsollError("PLM_DATA_GAP", {
      field: `spots of ${marketSymbol}`,
      value: marketMoves,
      limit: `at least ${fewestMoves} overlapping moves over the close-out horizon`,
      remedy: "Give a longer history: tails of fewer moves say nothing.",
    });
  }
  const byUnderlying = new Map<string, SmileObservation[]>();
  for (const smile of data.smiles) {
    const list = byUnderlying.get(smile.underlying);
    if (list) list.push(smile);
    else byUnderlying.set(smile.underlying, [smile]);
  }
  const volLevel = calibrateVolLevel([...data.dailyVols, ...[...byUnderlying.values()].map(thirtyDaySeries)]);
  // Volatility was recorded in calmer years than spot: its tails are scaled by how much wilder all of spot's history was.
  const marketRange = spots.find(({ symbol }) => symbol === marketSymbol)?.range ?? 0;
  const stressRatio = volLevel.spotTail > 0 ? Math.max(1, marketRange / volLevel.spotTail) : 1;
  const smile = calibrateSmile(data.smiles);
  const pegs = data.pegs.map(({ asset, ratios, window }) => calibratePeg(asset, ratios, window));
  const kindOf = new Map(data.pegs.map(({ asset, kind }) => [asset, kind]));
  const halfLives = scoreHalfLives(
    data.spots,
    symbols.filter((symbol) => classNameOf(base, symbol) !== "default"),
    halfLivesTried,
  );
  const best = halfLives.toSorted((a, b) => a.qlike - b.qlike)[0];
  const bestHalfLife = best && Number.isFinite(best.qlike) ? best.halfLifeHours : undefined;
  const fitted = (name: string, risk: RiskClassParameters): RiskClassParameters => {
    const members = spots.filter(
      ({ symbol, range, moves }) => range > 0 && moves >= fewestMoves && classNameOf(base, symbol) === name,
    );
    const liquidity = liquidityOfClass(
      data.liquidity.filter(({ symbol }) => classNameOf(base, symbol) === name),
    );
    return fittedClass(
      risk,
      basisFloors[name] ?? risk.basisShock,
      spotOfClass(members),
      volLevel,
      smile,
      stressRatio,
      liquidity,
    );
  };
  const classes: MarginParameters["classes"] = {
    ...Object.fromEntries(Object.entries(base.classes).map(([name, risk]) => [name, fitted(name, risk)])),
    default: fitted("default", base.classes.default),
  };
  const parameters: MarginParameters = {
    ...base,
    version,
    shortfall: { ...base.shortfall, halfLifeHours: bestHalfLife ?? base.shortfall.halfLifeHours },
    classes,
    assetKinds: {
      ...base.assetKinds,
      stablecoin: fittedPeg(
        base.assetKinds.stablecoin,
        pegFloors.stablecoin,
        pegs.filter(({ asset }) => kindOf.get(asset) === "stablecoin"),
      ),
      staked: fittedPeg(
        base.assetKinds.staked,
        pegFloors.staked,
        pegs.filter(({ asset }) => kindOf.get(asset) === "staked"),
      ),
    },
    sources: sources(base, data, {
      halfLife: bestHalfLife !== undefined,
      vol: volLevel.moves > 0,
      smile: smile.pairs > 0,
      pegKinds: new Set(kindOf.values()),
      spotClasses: new Set(
        spots.flatMap(({ symbol, range }) => (range > 0 ? [classNameOf(base, symbol)] : [])),
      ),
    }),
  };
  return { parameters, spots, volLevel, stressRatio, smile, pegs, halfLives };
}

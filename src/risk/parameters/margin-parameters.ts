/** Name and version of the parameter document. */
export const marginParametersSchemaId = "plimsoll/margin-parameters@1";

/** An extreme move of one underlying, and the share of its loss that counts. */
export interface ExtremeMove {
  /** Relative move of spot, > −1. */
  readonly move: number;
  /** Share of the loss or gain that counts, 0 to 1: the damping. */
  readonly weight: number;
}

/** How one class of underlyings moves and trades. Every number is explained in docs/margin-model.md §7. */
export interface RiskClassParameters {
  /** Close-out horizon: over how many hours past moves are measured. */
  readonly horizonHours: number;

  /** Largest relative spot move of the stress grid, 0 to 0.95. */
  readonly spotRange: number;
  readonly extremes: readonly ExtremeMove[];
  /** Moves of this class per unit of market move, as a share of `spotRange` per share of the market's range. */
  readonly marketBeta: number;
  /** How far the move may stray from its beta, as a share of `spotRange`; 1 and more lets any two moves coincide. */
  readonly spotResidual: number;

  /** Rise of ln(30-day volatility) at the top of the grid. */
  readonly volUp: number;
  /** Fall of ln(30-day volatility) at the bottom of the grid, as a positive number. */
  readonly volDown: number;
  /** Exponent of (30 days / tenor) that scales a volatility shock below 30 days. */
  readonly volPowerShort: number;
  /** The same above 30 days. */
  readonly volPowerLong: number;
  /** A volatility shocked upward is at least this, annual fraction. */
  readonly volUpFloor: number;
  /** Volatility of an option whose quote, surface and mark give none, annual fraction. */
  readonly defaultVol: number;
  /** Change of ln(30-day volatility) per unit of ln(spot) when spot falls; for histories without volatility. Usually negative. */
  readonly volSpotBetaDown: number;
  /** The same when spot rises. */
  readonly volSpotBetaUp: number;
  /** Largest change of ln(25-delta put volatility / 25-delta call volatility), each expiry on its own. */
  readonly skewShock: number;
  /** Largest change of ln(25-delta wing volatility / at-the-money volatility), each expiry on its own. */
  readonly smileShock: number;

  /** Largest change of the annualised basis, each expiry on its own. */
  readonly basisShock: number;
  /** A contract's basis moves as if it had at least this many years to run; also the measure of a perpetual's basis. */
  readonly basisFloorYears: number;
  /** And at most this many. */
  readonly basisCapYears: number;

  /** Half the bid–ask spread of spot, perpetuals and futures, fraction of price; where the quote has none. */
  readonly halfSpread: number;
  /** Half the bid–ask spread of options, in volatility (annual fraction); where the quote has none. */
  readonly optionHalfSpreadVol: number;
  /** Resting size within 50 bps of mid, USD, where the market document has none. */
  readonly depth50bpsUsd: number;
  /** Average daily volume, USD, where the market document has none. */
  readonly dailyVolumeUsd: number;
  /** Price impact of trading half of `depth50bpsUsd` (one side), fraction of price. Grows with the square root of size. */
  readonly impactAtDepth: number;
  /** Largest price impact, fraction of price. */
  readonly impactMax: number;
  /** Share of a day's volume above which a book is concentrated. */
  readonly concentrationShare: number;
  /** Charge on the delta above that share, fraction. */
  readonly concentrationRate: number;

  /** Half-width of the price band that an oracle of confidence 0 stands for, fraction of price. */
  readonly oracleWidth: number;
  /** Options this close to expiry are charged for short gamma. */
  readonly nearExpiryHours: number;
  /** The unhedged move that the near-expiry charge assumes, fraction of price. */
  readonly nearExpiryMove: number;
  /** Least requirement per short option, fraction of the underlying's notional. */
  readonly minimumShortOption: number;
  /** Least requirement per gross notional of perpetuals and futures, fraction. */
  readonly minimumNotional: number;
}

/** What an asset's price can do that its underlying does not. */
export interface AssetRiskParameters {
  /** Largest fall against its peg (USD for a stablecoin, the underlying for a staked token), 0 to 1. */
  readonly pegDown: number;
  /** Largest rise against its peg, fraction. */
  readonly pegUp: number;
  /** Share of a held balance that counts for nothing: smart-contract, custody and redemption risk, 0 to 1. */
  readonly custodyHaircut: number;
}

/** A joint stress scenario over all underlyings and assets. */
export interface JointScenarioParameters {
  readonly id: string;
  readonly label: string;
  /** Spot move of every underlying as a share of its class's `spotRange`, −1 to 1 (beyond: up to ±3, floored at −95 %). */
  readonly spotShare: number;
  /** Volatility move as a share of `volUp` (positive) or `volDown` (negative). */
  readonly volShare: number;
  /** Basis move as a share of `basisShock`. Negative: futures and perpetuals below spot. */
  readonly basisShare: number;
  /** Fall of every staked token against its underlying as a share of `pegDown`. Negative: a rise, as a share of `pegUp`. */
  readonly stakedDepegShare: number;
  /** The same for stablecoins. */
  readonly stablecoinDepegShare: number;
  /** Time that passes, as a share of each class's `horizonHours`, 0 to 1. Default 0: stress is immediate. */
  readonly agingShare?: number;
}

/** How fast past moves may grow by what the history brings, equation (7b). The marks' own moves are outside of it. */
export interface RiseLimitParameters {
  /** The volatility that past moves are rescaled to rises by at most this share an hour. */
  readonly riseSharePerHour: number;
  /** And by at most this share within any 24 hours. */
  readonly riseSharePerDay: number;
  /** A move that has just ended counts at most this many standard deviations of its horizon; later more, at the same speed. */
  readonly newMoveDeviations: number;
}

/** The margin forward guarantee: docs/forward-guarantee.md says for which books by construction and for which as tested. */
export interface ForwardGuarantee {
  /** The requirement of an unchanged book at unchanged marks rises by at most this share within an hour. */
  readonly hourShare: number;
  /** And by at most this share within 24 hours. */
  readonly dayShare: number;
}

/** Filtered historical scenarios and their tail. */
export interface ShortfallParameters {
  /** Tail level of the initial requirement, such as 0.995. At least `maintenanceLevel`. */
  readonly initialLevel: number;
  readonly maintenanceLevel: number;
  readonly initialMultiplier: number;
  /** At most `initialMultiplier`. */
  readonly maintenanceMultiplier: number;
  /** Level of the VaR that is reported beside it. */
  readonly valueAtRiskLevel: number;
  /** Half-life of the volatility estimate. */
  readonly halfLifeHours: number;
  /** Today's volatility is at least this share of the long-run one. */
  readonly longRunFloor: number;
  /** Weight of the stress-period volatility in today's, 0 to 1: the buffer against procyclicality. */
  readonly stressWeight: number;
  /** The stress-period volatility is this quantile of all past estimates, 0 to 1. */
  readonly stressQuantile: number;
  /** Bounds of the ratio today's volatility / volatility then. */
  readonly rescaleMin: number;
  readonly rescaleMax: number;
  /** What a past move departs from the reference's counts this many times, equation (7d). Absent: once. */
  readonly departureStretch?: number;
  /** Absent: what was just observed counts in full at once. */
  readonly riseLimit?: RiseLimitParameters;
  /** Distance between the starts of two overlapping moves. */
  readonly strideHours: number;
  /** Scenarios kept one by one, the largest moves of each factor in turn. */
  readonly tailScenarios: number;
  /** Scenarios that stand for the rest, evenly chosen and weighted. */
  readonly bodyScenarios: number;
  /** With fewer past moves than this the measure is left out and a warning says so. */
  readonly minimumMoves: number;
}

/**
 * What the stress of an underlying or a peg with a past of its own keeps of its class's shocks, equation (10b). Expected
 * Shortfall asks for the tail that its past shows; stress is the floor below it. What lies between the floor and the whole
 * shock is what the insurance fund is measured by.
 */
export interface MeasuredStressParameters {
  /** Days of its own past from which on the shares count in full; with fewer they count in proportion. */
  readonly fullDays: number;
  /** Of `spotRange` and the weights of `extremes`, 0 to 1. */
  readonly spotShare: number;
  /** Of `volUp`. */
  readonly volUpShare: number;
  /** Of `volDown`. */
  readonly volDownShare: number;
  /** Of `skewShock` and `smileShock`. */
  readonly skewShare: number;
  /** Of `basisShock`. */
  readonly basisShare: number;
  /** Of `pegDown` and `pegUp`. */
  readonly pegShare: number;
}

/** The stress grid. */
export interface StressParameters {
  /** Maintenance share of every stress loss, 0 to 1. */
  readonly maintenanceShare: number;
  /** Absent: every shock in full. */
  readonly measured?: MeasuredStressParameters;
  /** Underlyings with a past of their own that may stray from the market at once, equation (12). Absent: all. */
  readonly strayCount?: number;
  /** Spot moves as shares of `spotRange`, ascending, from −1 to 1 with 0. */
  readonly spotPoints: readonly number[];
  /** Market moves as shares of the market's range, ascending, from −1 to 1 with 0. */
  readonly marketPoints: readonly number[];
  /** Volatility moves as shares of `volUp` and `volDown`, ascending, from −1 to 1 with 0. */
  readonly volPoints: readonly number[];
  /** How far one expiry's volatility may stray from the level move, as a share of the shock. */
  readonly volResidual: number;
  readonly joint: readonly JointScenarioParameters[];
}

/** Where a fitted number comes from. */
export interface ParameterSource {
  /** Path of the parameter, such as `classes.btc.spotRange`. A prefix covers what is under it. */
  readonly parameter: string;
  /** Data, span, estimator; or the judgement. */
  readonly fittedFrom: string;
}

/** The parameters of Plimsoll's portfolio margin: one document, validated, versioned. */
export interface MarginParameters {
  readonly schema: typeof marginParametersSchemaId;
  /** Free text that identifies this issue of the parameters. */
  readonly version: string;
  /** The currency in which the house settles; cash in it carries no risk. */
  readonly settlementAsset: string;
  readonly shortfall: ShortfallParameters;
  /** What is promised; absent: nothing. Needs {@link ShortfallParameters.riseLimit}. */
  readonly forwardGuarantee?: ForwardGuarantee;
  readonly stress: StressParameters;
  /** Maintenance share of every add-on, 0 to 1. */
  readonly addOnMaintenanceShare: number;
  /** Risk classes by name; `default` must be there. */
  readonly classes: Readonly<Record<string, RiskClassParameters>> & { readonly default: RiskClassParameters };
  /** Class of each known underlying; all others are of class `default`. */
  readonly underlyings: Readonly<Record<string, string>>;
  /** Peg and custody risk by asset kind. */
  readonly assetKinds: Readonly<
    Record<"fiat" | "stablecoin" | "major" | "staked" | "other", AssetRiskParameters>
  >;
  /** Exceptions by asset. */
  readonly assets: Readonly<Record<string, AssetRiskParameters>>;
  readonly sources: readonly ParameterSource[];
}

/** The class of an underlying: its own, else `default`. */
export function riskClassOf(parameters: MarginParameters, underlying: string): RiskClassParameters {
  const name = Object.hasOwn(parameters.underlyings, underlying)
    ? parameters.underlyings[underlying]
    : undefined;
  const own =
    name !== undefined && Object.hasOwn(parameters.classes, name) ? parameters.classes[name] : undefined;
  return own ?? parameters.classes.default;
}

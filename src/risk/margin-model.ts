import { type Market } from "../market/market.ts";
import { type Portfolio } from "../market/portfolio.ts";
import { type UsdMicros } from "../quantity/money.ts";

/** One term of a requirement. A tree: `children` add up to (or explain) their parent. */
export interface MarginComponent {
  /** Stable identifier, kebab-case: `expected-shortfall`, `close-out-cost`. */
  readonly id: string;
  /** What it is, in words. */
  readonly label: string;
  /** Share of the initial requirement, USD; positive asks for capital. */
  readonly initial: number;
  /** Share of the maintenance requirement, USD. */
  readonly maintenance: number;
  /** True when the figure is shown for information and is not added to its parent (a measure that was not the worst). */
  readonly informative?: boolean;
  /** Where the rule stands: an equation of docs/margin-model.md such as `(12)`, or a venue's document. */
  readonly rule?: string;
  readonly children?: readonly MarginComponent[];
}

/** What one position or balance gains or loses in the scenario that sets the requirement. */
export interface Contribution {
  /** Instrument or asset identifier. */
  readonly item: string;
  /** USD; negative loses. */
  readonly pnlUsd: number;
}

/** The scenario that sets the requirement. */
export interface WorstScenario {
  readonly id: string;
  readonly label: string;
  /** Change of the account's value in it, after any damping, USD. */
  readonly pnlUsd: number;
  readonly contributions: readonly Contribution[];
}

/** What an asset's value counts for in its account, as an outcome of the rule. */
export interface AssetHaircut {
  readonly asset: string;
  /** Value at its price, USD. */
  readonly valueUsd: number;
  /**
   * Share of the value that does not raise the initial excess: what the requirement would fall by without this asset, over its
   * value. Negative when the asset hedges the rest.
   */
  readonly initial: number;
  /** The same for the maintenance excess. */
  readonly maintenance: number;
}

export interface Diagnostic {
  readonly severity: "info" | "warning";
  /** kebab-case: `extrapolated-volatility`, `stale-mark`, `missing-term`. */
  readonly id: string;
  readonly message: string;
}

/** One scenario's result, for charts and explanations. */
export interface ScenarioPnl {
  readonly id: string;
  readonly label: string;
  readonly pnlUsd: number;
}

/** What a margin model answers. All amounts USD unless said otherwise. */
export interface MarginResult {
  /** The model's id. */
  readonly model: string;
  /**
   * `complete`: every term of the rule is in. `partial`: terms whose rule no public source gives were not supplied; each is
   * named in a `missing-term` diagnostic. `unsupported`: the book holds something the venue does not margin; figures
   * are NaN-free zeros and must not be shown.
   */
  readonly status: "complete" | "partial" | "unsupported";
  /** Collateral at its price plus mark-to-market, before any haircut. */
  readonly equity: number;
  /** Requirement to open, ≥ 0. */
  readonly initialMargin: number;
  /** Requirement to keep, ≥ 0. */
  readonly maintenanceMargin: number;
  /** equity − initialMargin, in exact money, rounded against the account. */
  readonly initialExcess: UsdMicros;
  /** equity − maintenanceMargin, in exact money, rounded against the account. Negative: liquidation. */
  readonly maintenanceExcess: UsdMicros;
  readonly components: readonly MarginComponent[];
  readonly worst?: WorstScenario;
  /** Per-scenario results in scenario order, where the model has scenarios. */
  readonly scenarios?: readonly ScenarioPnl[];
  /** Effective haircut of each asset held, where the model derives it instead of prescribing it. */
  readonly haircuts?: readonly AssetHaircut[];
  readonly diagnostics: readonly Diagnostic[];
}

/** How much of a result is asked for. */
export type MarginDetail = "full" | "requirement";

/** A rule that says what a book must hold. Pure: the same portfolio and market give the same result, bit for bit. */
export interface MarginModel {
  /** Stable identifier, kebab-case: `plimsoll-portfolio`, `deribit-portfolio`. */
  readonly id: string;
  /** For tables: `Plimsoll portfolio margin`, `Deribit PM`. */
  readonly title: string;
  /** Whose rule it is: `plimsoll` for ours, else the venue. */
  readonly venue: string;
  /**
   * Margins one book. Total: finite for every valid input.
   *
   * @param detail - `requirement` lets a model leave out `haircuts` and `scenarios`, for solvers that ask many times. Default
   * `full`. The figures are the same.
   */
  margin(portfolio: Portfolio, market: Market, detail?: MarginDetail): MarginResult;
}

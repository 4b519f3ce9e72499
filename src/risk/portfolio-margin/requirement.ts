import { addOns, type AddOn, minimumRequirement } from "./add-ons.ts";
import { aggregate, type BookVectors } from "./aggregate.ts";
import { type Book } from "./book.ts";
import { type PreparedMarket } from "./prepare.ts";
import { riskMeasures, type RiskMeasures, sumPnl } from "./risk-measures.ts";

/** One measure as a requirement. USD, ≥ 0. */
export interface ScaledMeasure {
  readonly id: string;
  readonly label: string;
  readonly rule: string;
  readonly initialUsd: number;
  readonly maintenanceUsd: number;
}

/** What a book must hold before any bound by its payoff, equation (17), with everything that led to it. */
export interface Requirement {
  readonly book: Book;
  readonly vectors: BookVectors;
  readonly measures: RiskMeasures;
  /** All measures that compete; the largest initial one comes first, the others in fixed order. */
  readonly scaled: readonly ScaledMeasure[];
  readonly riskInitialUsd: number;
  readonly riskMaintenanceUsd: number;
  readonly addOns: readonly AddOn[];
  /** Raised to the minimum charge by this much, initial and maintenance. */
  readonly topUpInitialUsd: number;
  readonly topUpMaintenanceUsd: number;
  readonly initialUsd: number;
  readonly maintenanceUsd: number;
}

const addOnTotal = (charges: readonly AddOn[]): number =>
  charges.reduce((sum, { amountUsd }) => sum + amountUsd, 0);

function scaledMeasures(prepared: PreparedMarket, measures: RiskMeasures): readonly ScaledMeasure[] {
  const { shortfall, stress } = prepared.parameters;
  const share = stress.maintenanceShare;
  const scale = (id: string, label: string, rule: string, lossUsd: number): ScaledMeasure => {
    const initialUsd = Math.max(0, lossUsd);
    return { id, label, rule, initialUsd, maintenanceUsd: share * initialUsd };
  };
  const initialUsd =
    Math.max(0, measures.shortfallInitial.expectedShortfallUsd) * shortfall.initialMultiplier;
  const maintenanceUsd =
    Math.max(0, measures.shortfallMaintenance.expectedShortfallUsd) * shortfall.maintenanceMultiplier;
  const { dependence, basis, skew, pegs, jointStress } = measures;
  return [
    {
      id: "expected-shortfall",
      label: "Expected Shortfall of filtered historical moves",
      rule: "(9)",
      initialUsd,
      // Equal in exact arithmetic or below; the minimum also holds it below where rounding would not.
      maintenanceUsd: Math.min(initialUsd, maintenanceUsd),
    },
    scale(
      "stress",
      "Stress: spot × volatility, basis and skew",
      "(12)",
      -(dependence.pnlUsd + sumPnl(basis) + sumPnl(skew)),
    ),
    scale("depeg", "Stress: every peg on its own", "(16)", -sumPnl(pegs)),
    ...jointStress.map(({ id, label, pnlUsd }) => scale(id, `Stress: ${label}`, "(15)", -pnlUsd)),
  ];
}

/** Requirement of a book without regard to its payoff bound. Total: finite for every book of a valid market. */
export function requirement(prepared: PreparedMarket, book: Book): Requirement {
  const vectors = aggregate(prepared, book);
  const measures = riskMeasures(prepared, book, vectors);
  const scaled = scaledMeasures(prepared, measures);
  const charges = addOns(prepared, book, vectors);
  const share = prepared.parameters.addOnMaintenanceShare;
  const riskInitialUsd = Math.max(0, ...scaled.map(({ initialUsd }) => initialUsd));
  const riskMaintenanceUsd = Math.max(0, ...scaled.map(({ maintenanceUsd }) => maintenanceUsd));
  const charged = addOnTotal(charges);
  const minimum = minimumRequirement(prepared, book);
  const topUpInitialUsd = Math.max(0, minimum - riskInitialUsd - charged);
  const topUpMaintenanceUsd = Math.max(0, share * minimum - riskMaintenanceUsd - share * charged);
  return {
    book,
    vectors,
    measures,
    scaled,
    riskInitialUsd,
    riskMaintenanceUsd,
    addOns: charges,
    topUpInitialUsd,
    topUpMaintenanceUsd,
    initialUsd: riskInitialUsd + charged + topUpInitialUsd,
    maintenanceUsd: riskMaintenanceUsd + share * charged + topUpMaintenanceUsd,
  };
}

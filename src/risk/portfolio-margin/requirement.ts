import { addOns, type AddOn, chargedUsd, chargeSums, minimumRequirement, nearExpiryUsd } from "./add-ons.ts";
import { aggregate, type BookSums, type BookVectors } from "./aggregate.ts";
import { type Book } from "./book.ts";
import { type PreparedMarket } from "./prepare.ts";
import {
  pegPnlUsd,
  riskMeasures,
  type RiskMeasures,
  shortfalls,
  stressMeasure,
  type StressMeasure,
  stressPnlUsd,
  sumPnl,
} from "./risk-measures.ts";

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

/** The two requirements of a book, USD. */
export interface RequirementFigures {
  readonly initialUsd: number;
  readonly maintenanceUsd: number;
}

/** The two requirements of a book and its stress measure. */
export interface RequirementWithStress extends RequirementFigures {
  readonly stress: StressMeasure;
}

/**
 * A shortfall as a requirement, equation (9). What orders lose at once by their limit prices is no risk: a multiplier below 1
 * does not lessen it.
 */
function scaledShortfall(
  prepared: PreparedMarket,
  { orders }: Pick<Book, "orders">,
  { initialUsd, maintenanceUsd }: RequirementFigures,
): RequirementFigures {
  const { initialMultiplier, maintenanceMultiplier } = prepared.parameters.shortfall;
  const sure = orders.reduce((lost, { fillUsd }) => lost + Math.max(0, -fillUsd), 0);
  const initial = Math.max(0, initialUsd) * initialMultiplier + Math.max(0, 1 - initialMultiplier) * sure;
  // Equal in exact arithmetic or below; the minimum also holds it below where rounding would not.
  return {
    initialUsd: initial,
    maintenanceUsd: Math.min(initial, Math.max(0, maintenanceUsd) * maintenanceMultiplier),
  };
}

/** A stress loss as a requirement. */
function scaledStress(prepared: PreparedMarket, lossUsd: number): RequirementFigures {
  const initialUsd = Math.max(0, lossUsd);
  return { initialUsd, maintenanceUsd: prepared.parameters.stress.maintenanceShare * initialUsd };
}

/** The risk part with charges and the minimum charge, equation (17). */
function total(
  prepared: PreparedMarket,
  risk: RequirementFigures,
  charged: number,
  minimum: number,
): RequirementFigures & { readonly topUpInitialUsd: number; readonly topUpMaintenanceUsd: number } {
  const share = prepared.parameters.addOnMaintenanceShare;
  const topUpInitialUsd = Math.max(0, minimum - risk.initialUsd - charged);
  const topUpMaintenanceUsd = Math.max(0, share * minimum - risk.maintenanceUsd - share * charged);
  return {
    topUpInitialUsd,
    topUpMaintenanceUsd,
    initialUsd: risk.initialUsd + charged + topUpInitialUsd,
    maintenanceUsd: risk.maintenanceUsd + share * charged + topUpMaintenanceUsd,
  };
}

function scaledMeasures(
  prepared: PreparedMarket,
  book: Book,
  measures: RiskMeasures,
): readonly ScaledMeasure[] {
  const { pegs, jointStress, shortfallInitial, shortfallMaintenance } = measures;
  const scale = (id: string, label: string, rule: string, lossUsd: number): ScaledMeasure => ({
    id,
    label,
    rule,
    ...scaledStress(prepared, lossUsd),
  });
  return [
    {
      id: "expected-shortfall",
      label: "Expected Shortfall of filtered historical moves",
      rule: "(9)",
      ...scaledShortfall(prepared, book, {
        initialUsd: shortfallInitial.expectedShortfallUsd,
        maintenanceUsd: shortfallMaintenance.expectedShortfallUsd,
      }),
    },
    scale("stress", "Stress: spot × volatility, basis and skew", "(12)", -stressPnlUsd(measures)),
    scale("depeg", "Stress: every peg on its own", "(16)", -sumPnl(pegs)),
    ...jointStress.map(({ id, label, pnlUsd }) => scale(id, `Stress: ${label}`, "(15)", -pnlUsd)),
  ];
}

/** Requirement of a book without regard to its payoff bound. Total: finite for every book of a valid market. */
export function requirement(prepared: PreparedMarket, book: Book): Requirement {
  const vectors = aggregate(prepared, book);
  const measures = riskMeasures(prepared, book, vectors);
  const scaled = scaledMeasures(prepared, book, measures);
  const charges = addOns(prepared, book, vectors);
  const riskInitialUsd = Math.max(0, ...scaled.map(({ initialUsd }) => initialUsd));
  const riskMaintenanceUsd = Math.max(0, ...scaled.map(({ maintenanceUsd }) => maintenanceUsd));
  const risk = { initialUsd: riskInitialUsd, maintenanceUsd: riskMaintenanceUsd };
  return {
    book,
    vectors,
    measures,
    scaled,
    riskInitialUsd,
    riskMaintenanceUsd,
    addOns: charges,
    ...total(prepared, risk, addOnTotal(charges), minimumRequirement(prepared, book)),
  };
}

/**
 * The figures of {@link requirement}, to the last bit, without what led to them.
 *
 * @param tooMuch - asked with lower bounds as they grow; true gives the evaluation up.
 * @returns undefined when given up.
 */
export function requirementFigures(
  prepared: PreparedMarket,
  book: Book,
  sums: BookSums,
): RequirementWithStress;
export function requirementFigures(
  prepared: PreparedMarket,
  book: Book,
  sums: BookSums,
  tooMuch: (atLeast: RequirementFigures) => boolean,
): RequirementWithStress | undefined;
export function requirementFigures(
  prepared: PreparedMarket,
  book: Book,
  sums: BookSums,
  tooMuch: (atLeast: RequirementFigures) => boolean = () => false,
): RequirementWithStress | undefined {
  const share = prepared.parameters.addOnMaintenanceShare;
  const charges = chargeSums(prepared, book);
  let charged = chargedUsd(charges);
  let initialUsd = 0;
  let maintenanceUsd = 0;
  const enough = (measure: RequirementFigures): boolean => {
    initialUsd = Math.max(initialUsd, measure.initialUsd);
    maintenanceUsd = Math.max(maintenanceUsd, measure.maintenanceUsd);
    // Rounding is monotone, and what is still to come is not negative: the end result is no smaller.
    return tooMuch({ initialUsd: initialUsd + charged, maintenanceUsd: maintenanceUsd + share * charged });
  };
  // From the cheapest measure to the dearest.
  const worstJoint = sums.jointStress().reduce((worst, pnlUsd) => Math.min(worst, pnlUsd), 0);
  if (enough(scaledStress(prepared, -worstJoint))) return undefined;
  if (enough(scaledStress(prepared, -pegPnlUsd(prepared, book)))) return undefined;
  if (enough(scaledStress(prepared, sums.stressLossAtLeastUsd()))) return undefined;
  const underlyings = sums.underlyings();
  charged = chargedUsd({ ...charges, "near-expiry-gamma": nearExpiryUsd(prepared, underlyings) });
  const stress = stressMeasure(prepared, underlyings);
  if (enough(scaledStress(prepared, -stressPnlUsd(stress)))) return undefined;
  const historical = sums.historical();
  if (mayLead(prepared, book, historical, { initialUsd, maintenanceUsd })) {
    if (enough(scaledShortfall(prepared, book, shortfalls(prepared, historical)))) return undefined;
  }
  const minimum = minimumRequirement(prepared, book);
  return { ...total(prepared, { initialUsd, maintenanceUsd }, charged, minimum), stress };
}

/** Whether an Expected Shortfall could exceed the other measures: a mean of losses is no more than the largest, but for rounding. */
function mayLead(
  prepared: PreparedMarket,
  book: Book,
  historicalUsd: Float64Array,
  others: RequirementFigures,
): boolean {
  let worst = 0;
  for (let index = 0; index < historicalUsd.length; index++)
    worst = Math.min(worst, historicalUsd[index] ?? 0);
  const most = -worst * (1 + 1e-9);
  const { initialUsd, maintenanceUsd } = scaledShortfall(prepared, book, {
    initialUsd: most,
    maintenanceUsd: most,
  });
  return initialUsd > others.initialUsd || maintenanceUsd > others.maintenanceUsd;
}

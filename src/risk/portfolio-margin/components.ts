import { expiryLabel } from "../../market/calendar.ts";
import { type MarginComponent } from "../margin-model.ts";
import { perpetualSlot, spotSlot } from "./item-rows.ts";
import { type BoundedRequirement } from "./margin.ts";
import { type PreparedMarket } from "./prepare.ts";
import { type Requirement } from "./requirement.ts";
import { type ResidualChoice, sumPnl } from "./risk-measures.ts";

/** A term on one scale. The tree of the initial and that of the maintenance requirement are made alike and then joined. */
interface Term {
  readonly id: string;
  readonly label: string;
  readonly amountUsd: number;
  readonly rule?: string;
  readonly informative?: boolean;
  readonly children?: readonly Term[];
}

type Scale = "initial" | "maintenance";

const slotLabel = (slot: number): string =>
  slot === perpetualSlot ? "perpetual" : slot === spotSlot ? "spot" : expiryLabel(slot);

function residualTerms(
  prepared: PreparedMarket,
  choices: readonly ResidualChoice[],
  share: number,
): readonly Term[] {
  return choices.map(({ underlying, slot, pnlUsd }) => {
    const symbol = prepared.underlyings[underlying]?.symbol ?? "";
    return {
      id: `${symbol}-${slot}`,
      label: `${symbol} ${slotLabel(slot)}`,
      amountUsd: -pnlUsd * share,
    };
  });
}

function stressTerms(prepared: PreparedMarket, required: Requirement, share: number): readonly Term[] {
  const { dependence, basis, skew } = required.measures;
  return [
    {
      id: "spot-volatility",
      label: `Spot × volatility: ${dependence.label}`,
      rule: "(12)",
      amountUsd: 0 - dependence.pnlUsd * share,
    },
    {
      id: "basis",
      label: "Basis of each expiry on its own",
      rule: "(13)",
      amountUsd: 0 - sumPnl(basis) * share,
      children: residualTerms(prepared, basis, share),
    },
    {
      id: "skew",
      label: "Skew and smile of each expiry on its own",
      rule: "(14)",
      amountUsd: 0 - sumPnl(skew) * share,
      children: residualTerms(prepared, skew, share),
    },
  ];
}

function terms(prepared: PreparedMarket, required: Requirement, scale: Scale): readonly Term[] {
  const { stress, addOnMaintenanceShare, shortfall } = prepared.parameters;
  const initial = scale === "initial";
  const stressShare = initial ? 1 : stress.maintenanceShare;
  const share = initial ? 1 : addOnMaintenanceShare;
  const risk = initial ? required.riskInitialUsd : required.riskMaintenanceUsd;
  // Without a past there is nothing to show of it: a zero would read as a measurement.
  const hasPast = prepared.historicalCount > 0;
  const shown = required.scaled.filter(({ id }) => hasPast || id !== "expected-shortfall");
  const measures = shown.map(({ id, label, rule, initialUsd, maintenanceUsd }): Term => {
    const amountUsd = initial ? initialUsd : maintenanceUsd;
    const children = id === "stress" ? stressTerms(prepared, required, stressShare) : [];
    return { id, label, rule, amountUsd, children };
  });
  const leading = measures.findIndex(({ amountUsd }) => amountUsd === risk);
  const competing = measures.map((term, index) =>
    index === leading ? term : { ...term, informative: true },
  );
  const valueAtRisk: Term = {
    id: "value-at-risk",
    label: `Value at Risk at ${Math.round(shortfall.valueAtRiskLevel * 1e4) / 100}% of the same moves`,
    amountUsd: Math.max(0, required.measures.valueAtRisk.valueAtRiskUsd),
    rule: "(8)",
    informative: true,
  };
  const charges = required.addOns.map(({ id, label, rule, amountUsd, parts }): Term => ({
    id,
    label,
    rule,
    amountUsd: amountUsd * share,
    children: parts.map((part) => ({ id: part.id, label: part.label, amountUsd: part.amountUsd * share })),
  }));
  return [
    {
      id: "risk",
      label: "Risk: the worst measure",
      rule: "(17)",
      amountUsd: risk,
      children: hasPast ? [...competing, valueAtRisk] : competing,
    },
    {
      id: "add-ons",
      label: "Add-ons",
      rule: "(17)",
      amountUsd: charges.reduce((sum, { amountUsd }) => sum + amountUsd, 0),
      children: charges,
    },
    {
      id: "minimum",
      label: "Raised to the minimum charge",
      rule: "(25)",
      amountUsd: initial ? required.topUpInitialUsd : required.topUpMaintenanceUsd,
    },
  ];
}

/** Joins two trees of one form. A measure that leads on one scale only counts on that one and shows 0 on the other. */
function join(initial: readonly Term[], maintenance: readonly Term[]): readonly MarginComponent[] {
  const ids = [...new Set([...initial, ...maintenance].map(({ id }) => id))];
  return ids.flatMap((id): readonly MarginComponent[] => {
    const one = initial.find((term) => term.id === id);
    const other = maintenance.find((term) => term.id === id);
    const term = one ?? other;
    if (!term) return [];
    const informative = (one?.informative ?? true) && (other?.informative ?? true);
    const amount = (of: Term | undefined): number =>
      of === undefined || (!informative && of.informative === true) ? 0 : of.amountUsd;
    const children = join(one?.children ?? [], other?.children ?? []);
    return [
      {
        id,
        label: term.label,
        initial: amount(one),
        maintenance: amount(other),
        ...(term.rule === undefined ? {} : { rule: term.rule }),
        ...(informative && (one?.informative === true || other?.informative === true)
          ? { informative: true }
          : {}),
        ...(children.length > 0 ? { children } : {}),
      },
    ];
  });
}

/** The requirement as a tree whose top level adds up to it. Measures that were not the worst are informative. */
export function components(
  prepared: PreparedMarket,
  { unbounded, withoutOrders, initialUsd, maintenanceUsd, bounded }: BoundedRequirement,
): readonly MarginComponent[] {
  const joined = join(
    terms(prepared, unbounded, "initial"),
    terms(prepared, withoutOrders, "maintenance"),
  ).filter(({ id, initial, maintenance }) => id !== "minimum" || initial > 0 || maintenance > 0);
  const relief = {
    initial: initialUsd - unbounded.initialUsd,
    maintenance: maintenanceUsd - withoutOrders.maintenanceUsd,
  };
  if (relief.initial >= 0 && relief.maintenance >= 0) return joined;
  const names = bounded
    .map(({ label, maximumLossUsd }) => `${label} ≤ ${Math.ceil(maximumLossUsd)} USD`)
    .join(", ");
  const label = `Cannot lose more${names === "" ? "" : `: ${names}`}`;
  return [...joined, { id: "payoff-bound", label, ...relief, rule: "(27)" }];
}

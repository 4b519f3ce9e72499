import { type MarginComponent } from "../margin-model.ts";
import { type BoundedRequirement } from "./margin.ts";
import { perpetualSlot, spotSlot } from "./item-rows.ts";
import { type PreparedMarket } from "./prepare.ts";
import { type Requirement } from "./requirement.ts";
import { type ResidualChoice, sumPnl } from "./risk-measures.ts";
import { expiryLabel } from "../../market/calendar.ts";

const slotLabel = (slot: number): string =>
  slot === perpetualSlot ? "perpetual" : slot === spotSlot ? "spot" : expiryLabel(slot);

function residualComponents(
  prepared: PreparedMarket,
  choices: readonly ResidualChoice[],
  share: number,
): readonly MarginComponent[] {
  return choices.map(({ underlying, slot, pnlUsd }) => {
    const symbol = prepared.underlyings[underlying]?.symbol ?? "";
    return {
      id: `${symbol}-${slot}`,
      label: `${symbol} ${slotLabel(slot)}`,
      initial: -pnlUsd,
      maintenance: -pnlUsd * share,
    };
  });
}

function stressChildren(prepared: PreparedMarket, required: Requirement): readonly MarginComponent[] {
  const share = prepared.parameters.stress.maintenanceShare;
  const { dependence, basis, skew } = required.measures;
  const part = (
    id: string,
    label: string,
    rule: string,
    pnlUsd: number,
    children: readonly MarginComponent[] = [],
  ): MarginComponent => ({
    id,
    label,
    initial: 0 - pnlUsd,
    maintenance: 0 - pnlUsd * share,
    rule,
    ...(children.length > 0 ? { children } : {}),
  });
  return [
    part("spot-volatility", `Spot × volatility: ${dependence.label}`, "(12)", dependence.pnlUsd),
    part(
      "basis",
      "Basis of each expiry on its own",
      "(13)",
      sumPnl(basis),
      residualComponents(prepared, basis, share),
    ),
    part(
      "skew",
      "Skew and smile of each expiry on its own",
      "(14)",
      sumPnl(skew),
      residualComponents(prepared, skew, share),
    ),
  ];
}

/** The requirement as a tree whose top level adds up to it. Measures that were not the worst are informative. */
export function components(
  prepared: PreparedMarket,
  { unbounded, initialUsd, maintenanceUsd, bounded }: BoundedRequirement,
): readonly MarginComponent[] {
  const { scaled, measures, riskInitialUsd, riskMaintenanceUsd, addOns } = unbounded;
  const { shortfall, addOnMaintenanceShare: share } = prepared.parameters;
  const leading = scaled.find(({ initialUsd }) => initialUsd === riskInitialUsd)?.id;
  const competing = scaled.map(({ id, label, rule, initialUsd: initial, maintenanceUsd: maintenance }) => {
    const children = id === "stress" ? stressChildren(prepared, unbounded) : [];
    return {
      id,
      label,
      initial,
      maintenance,
      rule,
      ...(id === leading ? {} : { informative: true }),
      ...(children.length > 0 ? { children } : {}),
    };
  });
  const level = Math.round(shortfall.valueAtRiskLevel * 1e4) / 100;
  const valueAtRisk: MarginComponent = {
    id: "value-at-risk",
    label: `Value at Risk at ${level}% of the same moves`,
    initial: Math.max(0, measures.valueAtRisk.valueAtRiskUsd),
    maintenance: Math.max(0, measures.valueAtRisk.valueAtRiskUsd),
    rule: "(8)",
    informative: true,
  };
  const charges = addOns.map(({ id, label, rule, amountUsd, parts }) => ({
    id,
    label,
    initial: amountUsd,
    maintenance: amountUsd * share,
    rule,
    ...(parts.length > 0
      ? {
          children: parts.map((part) => ({
            id: part.id,
            label: part.label,
            initial: part.amountUsd,
            maintenance: part.amountUsd * share,
          })),
        }
      : {}),
  }));
  const chargesTotal = addOns.reduce((sum, { amountUsd }) => sum + amountUsd, 0);
  const names = bounded
    .map(({ label, maximumLossUsd }) => `${label} ≤ ${Math.ceil(maximumLossUsd)} USD`)
    .join(", ");
  const terms: MarginComponent[] = [
    {
      id: "risk",
      label: "Risk: the worst measure",
      initial: riskInitialUsd,
      maintenance: riskMaintenanceUsd,
      rule: "(17)",
      children: [...competing, valueAtRisk],
    },
    {
      id: "add-ons",
      label: "Add-ons",
      initial: chargesTotal,
      maintenance: chargesTotal * share,
      rule: "(17)",
      children: charges,
    },
  ];
  if (unbounded.topUpInitialUsd > 0 || unbounded.topUpMaintenanceUsd > 0) {
    terms.push({
      id: "minimum",
      label: "Raised to the minimum charge",
      initial: unbounded.topUpInitialUsd,
      maintenance: unbounded.topUpMaintenanceUsd,
      rule: "(25)",
    });
  }
  const relief = {
    initial: initialUsd - unbounded.initialUsd,
    maintenance: maintenanceUsd - unbounded.maintenanceUsd,
  };
  if (relief.initial < 0 || relief.maintenance < 0) {
    terms.push({
      id: "payoff-bound",
      label: `Cannot lose more${names === "" ? "" : `: ${names}`}`,
      ...relief,
      rule: "(27)",
    });
  }
  return terms;
}

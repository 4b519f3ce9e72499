import { type Market, type Portfolio } from "../../market/index.ts";
import { type AccountValue, accountValue, assetPriceUsd, excessMicros } from "../account-value.ts";
import { type MarginComponent, type MarginModel, type MarginResult } from "../margin-model.ts";
import { type OptionUnits, worstPayoff } from "../worst-payoff.ts";
import { defaultFixedRateParameters, type FixedRateParameters } from "./parameters.ts";
import { orderRequirements } from "./order-requirement.ts";
import { positionRequirement } from "./position-requirement.ts";

/** Haircuts of positive balances and charges on debts (F4). */
function collateralComponent(
  value: AccountValue,
  market: Market,
  parameters: FixedRateParameters,
): MarginComponent {
  const children: MarginComponent[] = [];
  for (const { asset, valueUsd } of value.holdings) {
    const kind = market.assets.get(asset)?.kind ?? "other";
    const rate = valueUsd >= 0 ? parameters.haircut[kind] : parameters.debtCharge[kind];
    const usd = rate * Math.abs(valueUsd);
    if (usd > 0)
      children.push({
        id: asset,
        label: `${asset} ${valueUsd >= 0 ? "haircut" : "debt"}`,
        initial: usd,
        maintenance: usd,
      });
  }
  return total("collateral", "Collateral haircuts and debts", "(F4)", children);
}

function total(
  id: string,
  label: string,
  rule: string,
  children: readonly MarginComponent[],
): MarginComponent {
  let initial = 0;
  let maintenance = 0;
  for (const child of children) {
    if (child.informative) continue;
    initial += child.initial;
    maintenance += child.maintenance;
  }
  return { id, label, rule, initial, maintenance, children };
}

/** What open orders add before they fill (F7): to the initial requirement only. */
function orderComponents(
  portfolio: Portfolio,
  market: Market,
  parameters: FixedRateParameters,
): readonly MarginComponent[] {
  const children = orderRequirements(portfolio, market, parameters).map(
    ({ instrument, initial }): MarginComponent => ({
      id: instrument,
      label: instrument,
      initial,
      maintenance: 0,
    }),
  );
  return children.length > 0 ? [total("orders", "Open orders", "(F7)", children)] : [];
}

interface Requirement extends MarginComponent {
  readonly underlying: string;
  /** Set for options. */
  readonly expiryMs?: number;
  readonly holding?: OptionUnits;
  readonly valueUsd: number;
}

function positionRequirements(
  value: AccountValue,
  market: Market,
  parameters: FixedRateParameters,
): Requirement[] {
  return value.positions.flatMap(({ instrument: id, size, valueUsd }): Requirement[] => {
    const instrument = market.instruments.get(id);
    if (!instrument || size === 0) return [];
    const { initial, maintenance, rule } = positionRequirement(
      instrument,
      size,
      valueUsd,
      market,
      parameters,
    );
    const base = { id, label: id, rule, initial, maintenance, underlying: instrument.underlying, valueUsd };
    return [
      instrument.kind === "option"
        ? {
            ...base,
            expiryMs: instrument.expiryMs,
            holding: { option: instrument, units: size * instrument.contractSize },
          }
        : base,
    ];
  });
}

/** Options of one underlying, expiry and quote currency: no more than their value less the worst payoff (F6). */
function expiryComponents(requirements: readonly Requirement[], market: Market): MarginComponent[] {
  const groups = new Map<string, Requirement[]>();
  for (const requirement of requirements) {
    if (requirement.expiryMs === undefined) continue;
    // Payoffs in two currencies do not offset: one of them may lose its peg.
    const key = `${requirement.underlying} ${requirement.expiryMs} ${requirement.holding?.option.quoteAsset}`;
    const group = groups.get(key);
    if (group) group.push(requirement);
    else groups.set(key, [requirement]);
  }
  return [...groups].map(([key, group]): MarginComponent => {
    const sum = total(key, `Options ${key.split(" ")[0]}`, "(F2, F3)", group);
    const quote = group[0]?.holding?.option.quoteAsset ?? "USD";
    let valueUsd = 0;
    for (const requirement of group) valueUsd += requirement.valueUsd;
    const options = group.flatMap(({ holding }) => (holding ? [holding] : []));
    const worst = worstPayoff(options, [], assetPriceUsd(market, quote) || 1);
    const cap = Math.max(0, valueUsd - worst);
    if (!(cap < sum.initial)) return sum;
    return {
      ...sum,
      label: `${sum.label}: capped by the worst payoff`,
      rule: "(F6)",
      initial: cap,
      maintenance: Math.min(cap, sum.maintenance),
    };
  });
}

function finish(model: string, value: AccountValue, components: readonly MarginComponent[]): MarginResult {
  const { initial, maintenance } = total("total", "", "", components);
  return {
    model,
    status: "complete",
    equity: value.equityUsd,
    initialMargin: initial,
    maintenanceMargin: maintenance,
    initialExcess: excessMicros(value, initial),
    maintenanceExcess: excessMicros(value, maintenance),
    components,
    diagnostics: [],
  };
}

/**
 * Isolated margin: every position stands alone at a fixed percentage, nothing offsets anything, and a position's
 * unrealised profit stays with it (F5). docs/fixed-rate-margin.md.
 */
export function isolatedMargin(parameters: FixedRateParameters = defaultFixedRateParameters): MarginModel {
  const id = "plimsoll-isolated";
  return {
    id,
    title: "Isolated",
    venue: "plimsoll",
    margin(portfolio: Portfolio, market: Market): MarginResult {
      const value = accountValue(portfolio, market);
      const requirements = positionRequirements(value, market, parameters);
      const locked = requirements
        .filter(
          ({ holding, id: position, valueUsd }) =>
            !holding && market.instruments.get(position)?.kind !== "spot" && valueUsd > 0,
        )
        .map(({ id: position, valueUsd }): MarginComponent => ({
          id: position,
          label: position,
          initial: valueUsd,
          maintenance: valueUsd,
        }));
      return finish(id, value, [
        total("positions", "Positions, each alone", "(F1)–(F3)", requirements),
        total("locked-profit", "Unrealised profit, which stays with its position", "(F5)", locked),
        ...orderComponents(portfolio, market, parameters),
        collateralComponent(value, market, parameters),
      ]);
    },
  };
}

/**
 * Cross margin: fixed percentages, one pool of collateral and profit for all positions, options of one expiry capped by their
 * worst payoff (F6); no other offsets. docs/fixed-rate-margin.md.
 */
export function crossMargin(parameters: FixedRateParameters = defaultFixedRateParameters): MarginModel {
  const id = "plimsoll-cross";
  return {
    id,
    title: "Cross",
    venue: "plimsoll",
    margin(portfolio: Portfolio, market: Market): MarginResult {
      const value = accountValue(portfolio, market);
      const requirements = positionRequirements(value, market, parameters);
      const deltaOne = requirements.filter(({ holding }) => !holding);
      return finish(id, value, [
        total("delta-one", "Spot, perpetuals and futures", "(F1)", deltaOne),
        total("options", "Options by expiry", "(F2), (F3), (F6)", expiryComponents(requirements, market)),
        ...orderComponents(portfolio, market, parameters),
        collateralComponent(value, market, parameters),
      ]);
    },
  };
}

import { type Market, type Portfolio } from "../../../market/index.ts";
import { accountValue } from "../../account-value.ts";
import {
  type Diagnostic,
  type MarginComponent,
  type MarginModel,
  type MarginResult,
} from "../../margin-model.ts";
import { bookLines, type BookLine } from "../shared/book-lines.ts";
import { missingTerm, unlistedResult } from "../shared/net-margin-result.ts";
import { componentsTotal, venueResult } from "../shared/venue-result.ts";
import { collateralComponent, collateralFindings } from "./collateral.ts";
import {
  type DeribitAccountInputs,
  deribitSheet,
  type DeribitSheet,
  type DeribitStandardCurrency,
} from "./parameters.ts";
import { linearPerpetualMargin, shortOptionMargin } from "./standard-rates.ts";

const model = "deribit-standard";

/** A future or perpetual on its own: no netting between contracts. Coin margins are converted at the index. */
function delta1Component(line: BookLine, rates: DeribitStandardCurrency): MarginComponent {
  const price = line.instrument.settlement === "inverse" ? line.indexUsd : line.forward * line.settleUsd;
  const at = (baseRate: number): number =>
    linearPerpetualMargin({ baseRate, incrementPerUnit: rates.incrementPerUnit, size: line.units, price })
      .margin;
  const { id } = line.instrument;
  return {
    id: `future-${id}`,
    label: id,
    initial: at(rates.initialRate),
    maintenance: at(rates.maintenanceRate),
  };
}

/**
 * An option on its own. The venue's margin balance leaves option values out and adds a short's mark to its margin; seen from
 * equity, where the short's mark is already deducted, a short asks for its rate alone and a long for its whole value.
 */
function optionComponent(line: BookLine, rates: DeribitStandardCurrency): MarginComponent {
  const { instrument, units, valueUsd, indexUsd } = line;
  if (units > 0 || instrument.kind !== "option" || indexUsd <= 0) {
    const value = Math.max(0, valueUsd);
    return {
      id: `option-${instrument.id}`,
      label: `${instrument.id}, bought`,
      initial: value,
      maintenance: value,
    };
  }
  const mark = valueUsd / units / indexUsd;
  const { optionType, strike } = instrument;
  const margin = shortOptionMargin(
    { optionType, mark, strike, spot: indexUsd },
    {
      initial: rates.optionInitial,
      initialFloor: rates.optionInitialFloor,
      maintenance: rates.optionMaintenance,
    },
  );
  const sold = Math.abs(units) * indexUsd;
  return {
    id: `option-${instrument.id}`,
    label: `${instrument.id}, sold`,
    initial: (margin.initial - mark) * sold,
    maintenance: (margin.maintenance - mark) * sold,
  };
}

/** One contract's standard margin; nothing when the sheet has no rates for its underlying. */
export function standardComponent(line: BookLine, sheet: DeribitSheet): MarginComponent | undefined {
  const rates = sheet.standard.find(({ currency }) => currency === line.instrument.underlying);
  if (!rates) return undefined;
  return line.instrument.kind === "option" ? optionComponent(line, rates) : delta1Component(line, rates);
}

/**
 * Initial margin of a resting order: that of the position it would open, added whether it would enlarge or reduce what is
 * held. A bid for an option reserves its premium.
 *
 * @see deribit.freshdesk.com, "Futures leverage and margin": initial margin of positions plus initial margin of orders
 */
function orderComponents(
  portfolio: Portfolio,
  market: Market,
  sheet: DeribitSheet,
  diagnostics: Diagnostic[],
): readonly MarginComponent[] {
  const children = portfolio.orders.flatMap((order): readonly MarginComponent[] => {
    const [line] = bookLines({ ...portfolio, positions: [order] }, market);
    if (!line) return [];
    const { id, kind, underlying } = line.instrument;
    if (kind === "spot") {
      diagnostics.push(
        missingTerm(
          `${id}: how spot orders are margined is not published; set account.openOrdersMarginUsd in a sheet.`,
        ),
      );
      return [];
    }
    const component = standardComponent(line, sheet);
    if (!component) {
      diagnostics.push(missingTerm(`${id}: no standard margin rates are published for ${underlying}.`));
      return [];
    }
    const premium =
      kind === "option" && line.units > 0 ? order.price * line.units * line.settleUsd : undefined;
    const initial = premium ?? component.initial;
    const side = line.units > 0 ? "buy" : "sell";
    return [{ id: `order-${side}-${id}`, label: `${side} ${id}`, initial, maintenance: 0 }];
  });
  const initial = componentsTotal(children, "initial");
  if (children.length === 0) return [];
  return [
    {
      id: "open-orders",
      label: "Resting orders, each as a position",
      rule: "initial margin of positions plus initial margin of orders",
      initial,
      maintenance: 0,
      children: children.toSorted((a, b) => (a.id < b.id ? -1 : a.id > b.id ? 1 : a.initial - b.initial)),
    },
  ];
}

function margin(
  portfolio: Portfolio,
  market: Market,
  sheet: DeribitSheet,
  inputs: DeribitAccountInputs,
): MarginResult {
  const lines = bookLines(portfolio, market).filter(({ instrument }) => instrument.kind !== "spot");
  const margined = lines.map((line) => ({ line, component: standardComponent(line, sheet) }));
  const unknown = margined
    .filter(({ component }) => !component)
    .map(({ line }) => line.instrument.underlying);
  const unlisted = unlistedResult(model, unknown, "standard margin rates");
  if (unlisted) return unlisted;
  const account = accountValue(portfolio, market);
  const group = (
    id: string,
    label: string,
    rule: string,
    children: readonly MarginComponent[],
  ): MarginComponent[] =>
    children.length === 0
      ? []
      : [
          {
            id,
            label,
            rule,
            initial: componentsTotal(children, "initial"),
            maintenance: componentsTotal(children, "maintenance"),
            children,
          },
        ];
  const componentsOf = (select: (line: BookLine) => boolean): readonly MarginComponent[] =>
    margined.flatMap(({ line, component }) => (component && select(line) ? [component] : []));
  const isOption = ({ instrument }: BookLine): boolean => instrument.kind === "option";
  const diagnostics: Diagnostic[] = [];
  const given = inputs.openOrdersMarginUsd;
  const orders =
    given === undefined
      ? orderComponents(portfolio, market, sheet, diagnostics)
      : [{ id: "open-orders", label: "Resting orders", initial: given, maintenance: 0 }];
  return venueResult({
    model,
    account,
    components: [
      ...group(
        "futures",
        "Futures and perpetuals, each alone",
        "(base rate + increment × size) × size × price",
        componentsOf((line) => !isOption(line)),
      ),
      ...group(
        "short-options",
        "Sold options, each alone",
        "call max(0.15 − OTM/S, 0.10), put at least its maintenance; maintenance 0.075",
        componentsOf((line) => isOption(line) && line.units < 0),
      ),
      ...group(
        "long-options",
        "Bought options",
        "their value is no margin balance",
        componentsOf((line) => isOption(line) && line.units > 0),
      ),
      ...orders,
      ...collateralComponent(account, market, sheet, inputs),
    ],
    diagnostics: [...diagnostics, ...collateralFindings(account, market, lines, sheet, inputs)],
  });
}

/** Deribit standard margin under a sheet of rates: every contract on its own. */
export const deribitStandardModel = (
  sheet: DeribitSheet = deribitSheet,
  inputs: DeribitAccountInputs = sheet.account ?? {},
): MarginModel => ({
  id: model,
  title: "Deribit standard margin",
  venue: "deribit",
  margin: (portfolio, market) => margin(portfolio, market, sheet, inputs),
});

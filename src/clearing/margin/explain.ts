import { invariant } from "../../quantity/error.ts";
import { type UsdMicros, usdMicrosFromDecimalFloor } from "../../quantity/index.ts";
import { type MarginComponent, type MarginResult } from "../../risk/margin-model.ts";
import {
  bookFigures,
  type BoundedRequirement,
  boundedRequirement,
  portfolioMarginId,
} from "../../risk/portfolio-margin/margin.ts";
import { components } from "../../risk/portfolio-margin/components.ts";
import { diagnostics } from "../../risk/portfolio-margin/diagnostics.ts";
import { worstScenario } from "../../risk/portfolio-margin/worst-scenario.ts";
import { type MarginMode } from "../protocol/commands.ts";
import { type Markets } from "../markets/markets.ts";
import { type AccountBook } from "./account-book.ts";
import { type AccountFigures, type FixedRate, type PartGroup } from "./fixed-rate.ts";
import { type PortfolioRisk } from "./portfolio-risk.ts";
import { type Epoch, type EpochModel } from "./risk-epoch.ts";

/** What an explanation is made from: the loaded account and everything that margins it. */
export interface Explained {
  readonly markets: Markets;
  readonly book: AccountBook;
  readonly fixedRate: FixedRate;
  readonly portfolio: PortfolioRisk;
  readonly epoch: Epoch | undefined;
  /** The account's figures in this mode. */
  readonly figures: AccountFigures;
}

const groupLabels: Readonly<Record<PartGroup, { readonly label: string; readonly rule: string }>> = {
  positions: { label: "Positions, each alone", rule: "(F1)–(F3)" },
  options: { label: "Options by expiry", rule: "(F2), (F3), (F6)" },
  "locked-profit": { label: "Unrealised profit, which stays with its position", rule: "(F5)" },
  orders: { label: "Open orders", rule: "(F7)" },
  collateral: { label: "Collateral haircuts and debts", rule: "(F4)" },
  "spot-debts": { label: "Debts that open spot orders may make", rule: "(F4)" },
};

const usd = (micros: number): number => micros / 1e6;

/** The figures with what they are made of. The top level of `components` adds up to the requirements. */
export function explain(of: Explained, mode: MarginMode): MarginResult {
  return mode === "portfolio" && of.epoch ? explainPortfolio(of, of.epoch) : explainFixedRate(of, mode);
}

function resultOf(
  figures: AccountFigures,
  model: string,
  parts: readonly MarginComponent[],
): Omit<MarginResult, "diagnostics"> {
  const { equityMicros, initialMicros, maintenanceMicros } = figures;
  const excess = (required: number): UsdMicros =>
    usdMicrosFromDecimalFloor({ coefficient: BigInt(equityMicros) - BigInt(required), scale: 6 });
  return {
    model,
    status: "complete",
    equity: usd(equityMicros),
    initialMargin: usd(initialMicros),
    maintenanceMargin: usd(maintenanceMicros),
    initialExcess: excess(initialMicros),
    maintenanceExcess: excess(maintenanceMicros),
    components: parts,
  };
}

function explainFixedRate({ markets, book, fixedRate, figures }: Explained, mode: MarginMode): MarginResult {
  const groups = new Map<PartGroup, MarginComponent[]>();
  const isIsolated = mode === "isolated";
  const scratch = { ...figures };
  fixedRate.figures(isIsolated ? "isolated" : "cross", scratch, (group, of, initial, maintenance) => {
    const isAsset = group === "collateral" || group === "spot-debts";
    const name = isAsset ? markets.assets.label(of) : markets.instruments.label(book.instruments[of]!);
    const label = group === "options" ? `Options that expire with ${name}` : name;
    const part = { id: name, label, initial: usd(initial), maintenance: usd(maintenance) };
    const known = groups.get(group);
    if (known) known.push(part);
    else groups.set(group, [part]);
  });
  const parts = [...groups].map(([group, children]): MarginComponent => ({
    id: group,
    ...groupLabels[group],
    initial: children.reduce((sum, { initial }) => sum + initial, 0),
    maintenance: children.reduce((sum, { maintenance }) => sum + maintenance, 0),
    children,
  }));
  const result = resultOf(figures, isIsolated ? "plimsoll-isolated" : "plimsoll-cross", parts);
  return {
    ...result,
    diagnostics:
      mode === "portfolio"
        ? [
            {
              severity: "warning",
              id: "missing-parameters",
              message: "No margin parameters or prices yet: cross margin stands in for portfolio margin.",
            },
          ]
        : [],
  };
}

/** One model's part of a requirement on its way from one set of documents to another. */
function sharedComponent(
  {
    model: { share, matrix },
    required,
  }: { readonly model: EpochModel; readonly required: BoundedRequirement },
  at: number,
): MarginComponent {
  const percent = `${Math.round(share * 1_000) / 10} %`;
  return {
    id: at === 0 ? "former-documents" : "present-documents",
    label: `${at === 0 ? "By the documents before" : "By the present documents"}: ${percent} of this`,
    initial: share * required.initialUsd,
    maintenance: share * required.maintenanceUsd,
    children: components(matrix, required).map((part) => ({ ...part, informative: true })),
  };
}

function explainPortfolio({ figures, portfolio, book, markets }: Explained, epoch: Epoch): MarginResult {
  const parts = epoch.models.map((model) => {
    const riskBook = portfolio.bookFor(epoch, model);
    return { model, riskBook, required: boundedRequirement(model.matrix, riskBook) };
  });
  const present = parts.at(-1);
  invariant(present !== undefined, "an epoch has a model");
  const { riskBook, required } = present;
  const { matrix } = present.model;
  const worst = worstScenario(matrix, required.unbounded);
  const { joint } = required.unbounded.vectors;
  const unknown = portfolio.unknownParts(epoch).map(({ row, initial, maintenance }): MarginComponent => {
    const name = markets.instruments.label(book.instruments[row]!);
    return { id: name, label: name, initial: usd(initial), maintenance: usd(maintenance) };
  });
  const alone: MarginComponent = {
    id: "not-in-epoch",
    label: "Listed or priced since the risk epoch began: as under cross margin, alone",
    initial: unknown.reduce((sum, { initial }) => sum + initial, 0),
    maintenance: unknown.reduce((sum, { maintenance }) => sum + maintenance, 0),
    children: unknown,
  };
  const result = resultOf(figures, portfolioMarginId, [
    ...(parts.length === 1 ? components(matrix, required) : parts.map(sharedComponent)),
    ...(unknown.length > 0 ? [alone] : []),
  ]);
  const haircuts = riskBook.items.flatMap((item) => {
    const valueUsd = item.size * item.rows.markUsd;
    if (item.rows.kind !== "asset" || valueUsd <= 0) return [];
    const items = riskBook.items.filter((other) => other !== item);
    const initial = bookFigures(matrix, { items, orders: riskBook.orders }).initialUsd;
    const maintenance = bookFigures(matrix, { items, orders: [] }).maintenanceUsd;
    return [
      {
        asset: item.rows.item,
        valueUsd,
        initial: (required.initialUsd - initial) / valueUsd,
        maintenance: (required.maintenanceUsd - maintenance) / valueUsd,
      },
    ];
  });
  return {
    ...result,
    ...(worst ? { worst } : {}),
    scenarios: matrix.joint.map(({ id, label }, index) => ({ id, label, pnlUsd: joint[index] ?? 0 })),
    haircuts,
    diagnostics: diagnostics(matrix, { name: "", balances: [], positions: [], orders: [] }, riskBook),
  };
}

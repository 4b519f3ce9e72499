import { type Market, type Portfolio } from "../../../market/index.ts";
import { accountValue } from "../../account-value.ts";
import {
  type Contribution,
  type Diagnostic,
  type MarginComponent,
  type MarginModel,
  type MarginResult,
  type ScenarioPnl,
} from "../../margin-model.ts";
import { shockedVolatility } from "../deribit/volatility-shock.ts";
import { bookLines, type BookLine, byUnderlying, daysToExpiry } from "../shared/book-lines.ts";
import { type HeldAsset, heldAssets, namesOf } from "../shared/held-assets.ts";
import { valueOf } from "../shared/named-values.ts";
import { missingTerm, note } from "../shared/net-margin-result.ts";
import { venueResult } from "../shared/venue-result.ts";
import { minimumDeltaCharge, paradexRequirement } from "./charges.ts";
import { type ParadexAccountInputs, paradexSheet, type ParadexSheet } from "./parameters.ts";

const model = "paradex-portfolio";

interface Scenario {
  readonly id: string;
  readonly label: string;
  readonly move: number;
  readonly vol: "up" | "down";
  readonly weight: number;
}

const percent = (move: number): string => `${move > 0 ? "+" : ""}${Math.round(move * 1e4) / 100}%`;

/** The scenarios of a sheet: 24 of the published one. */
export function paradexScenarios(sheet: ParadexSheet): readonly Scenario[] {
  const named = (move: number, vol: "up" | "down", weight: number): Scenario => ({
    id: `scan-${move === 0 ? "0" : `${move < 0 ? "minus" : "plus"}-${Math.round(Math.abs(move) * 1e4) / 100}`}-vol-${vol}`,
    label: `spot ${percent(move)}, volatility ${vol}${weight === 1 ? "" : `, weight ${weight}`}`,
    move,
    vol,
    weight,
  });
  const inner = [...sheet.innerMoves.toReversed().map((move) => -move), 0, ...sheet.innerMoves];
  return [
    named(-sheet.regularRange, "up", 1),
    ...inner.flatMap((move) => [named(move, "down", 1), named(move, "up", 1)]),
    named(sheet.regularRange, "up", 1),
    ...sheet.tails.map(({ move, weight }) => named(move, "up", weight)),
  ];
}

/** A contract's weighted profit in every scenario. */
function linePnls(line: BookLine, scenarios: readonly Scenario[], sheet: ParadexSheet): readonly number[] {
  const days = Math.max(sheet.dteFloorDays, daysToExpiry(line));
  const shocked = shockedVolatility(line.vol, days, {
    up: sheet.volUp,
    down: sheet.volDown,
    shortPower: sheet.shortVegaPower,
    longPower: sheet.longVegaPower,
    minimumUp: 0,
  });
  return scenarios.map(({ move, vol, weight }) => weight * line.usd({ spot: move, vol: shocked[vol] }));
}

interface AssetMargin {
  readonly component: MarginComponent;
  readonly pnl: readonly number[];
  readonly worstAt: number;
  readonly worstPnl: number;
  /** What each contract makes in the worst scenario. */
  readonly contributions: readonly Contribution[];
}

const total = (values: readonly number[]): number => values.reduce((sum, value) => sum + value, 0);

function assetMargin(
  underlying: string,
  lines: readonly BookLine[],
  scenarios: readonly Scenario[],
  sheet: ParadexSheet,
): AssetMargin {
  const rows = lines.map((line) => linePnls(line, scenarios, sheet));
  const pnl = scenarios.map((_, at) => total(rows.map((row) => row[at] ?? 0)));
  const worstAt = pnl.reduce((worst, value, at) => (value < (pnl[worst] ?? 0) ? at : worst), 0);
  const worstPnl = Math.min(0, pnl[worstAt] ?? 0);
  const scan = -worstPnl;
  const derivatives = lines.filter(({ instrument }) => instrument.kind !== "spot");
  const long = total(derivatives.map(({ delta }) => Math.max(0, delta)));
  const short = total(derivatives.map(({ delta }) => Math.max(0, -delta)));
  const minimum = minimumDeltaCharge(long, short, lines[0]?.indexUsd ?? 0, {
    net: sheet.minimumNetRate,
    hedged: sheet.minimumHedgedRate,
  });
  const risk = Math.max(scan, minimum.charge);
  const part = (id: string, label: string, initial: number, informative: boolean): MarginComponent => ({
    id: `${id}-${underlying}`,
    label,
    initial,
    maintenance: initial * sheet.maintenanceFactor,
    ...(informative && { informative }),
  });
  return {
    component: {
      ...part("asset", underlying, risk, false),
      rule: "max(scan risk, minimum delta); maintenance half of it",
      children: [
        part("scan", `Scan risk, ${scenarios[worstAt]?.label ?? ""}`, scan, scan < minimum.charge),
        part(
          "minimum-delta",
          `Minimum delta, ${sheet.minimumNetRate * 100} % of net and ${sheet.minimumHedgedRate * 100} % of hedged`,
          minimum.charge,
          scan >= minimum.charge,
        ),
      ],
    },
    pnl,
    worstAt,
    worstPnl,
    contributions: lines.map(({ instrument }, row) => ({
      item: instrument.id,
      pnlUsd: rows[row]?.[worstAt] ?? 0,
    })),
  };
}

function provisions(
  lines: readonly BookLine[],
  inputs: ParadexAccountInputs,
  diagnostics: Diagnostic[],
): readonly MarginComponent[] {
  const perpetuals = lines.filter(({ instrument }) => instrument.kind === "perpetual");
  const rateOf = (underlying: string): number | undefined => valueOf(inputs.fundingRate8h, underlying);
  const unknown = new Set(
    perpetuals.map(({ instrument }) => instrument.underlying).filter((name) => rateOf(name) === undefined),
  );
  if (unknown.size > 0) {
    diagnostics.push(
      missingTerm(
        `Funding provision: no expected funding for ${[...unknown].join(", ")}; set account.fundingRate8h in a sheet.`,
      ),
    );
  }
  const derivatives = lines.filter(({ instrument }) => instrument.kind !== "spot");
  if (derivatives.length > 0 && inputs.closingFeeRate === undefined) {
    diagnostics.push(
      missingTerm("Fee provision: the closing fee rate is not given; set account.closingFeeRate in a sheet."),
    );
  }
  const funding = Math.max(
    0,
    total(
      perpetuals.map(
        ({ instrument, units, indexUsd }) => units * indexUsd * (rateOf(instrument.underlying) ?? 0),
      ),
    ),
  );
  const fee =
    total(derivatives.map(({ units, indexUsd }) => Math.abs(units) * indexUsd)) *
    (inputs.closingFeeRate ?? 0);
  return [
    ...(funding > 0
      ? [{ id: "funding-provision", label: "Funding of eight hours", initial: funding, maintenance: funding }]
      : []),
    ...(fee > 0 ? [{ id: "fee-provision", label: "Closing fees", initial: fee, maintenance: fee }] : []),
  ];
}

function translations(lines: readonly BookLine[], held: readonly HeldAsset[]): readonly Diagnostic[] {
  const isInverse = lines.some(({ instrument }) => instrument.settlement === "inverse");
  const isDated = lines.some(({ instrument }) => instrument.kind === "future");
  const others = held.filter(({ asset, isDollar }) => isDollar && asset !== "USDC");
  const coins = held.filter(({ isDollar }) => !isDollar);
  const translated = (applies: boolean, message: string): readonly Diagnostic[] =>
    applies ? [note("translated", message)] : [];
  return [
    ...translated(
      isInverse,
      "The venue lists contracts in USDC; coin-settled ones are margined as linear contracts of the same exposure.",
    ),
    ...translated(isDated, "The venue lists no dated futures; they are margined like its perpetuals."),
    ...translated(
      others.length > 0,
      `${namesOf(others)}: the venue takes USDC alone; other dollars count at their value.`,
    ),
    ...(coins.length > 0
      ? [
          missingTerm(
            `${namesOf(coins)}: the venue's collateral is USDC; what coin held or owed counts for is not published. It counts at its value and, in the balances, stands still in scenarios.`,
          ),
        ]
      : []),
  ];
}

function margin(
  portfolio: Portfolio,
  market: Market,
  sheet: ParadexSheet,
  inputs: ParadexAccountInputs,
): MarginResult {
  const account = accountValue(portfolio, market);
  const lines = bookLines(portfolio, market);
  const scenarios = paradexScenarios(sheet);
  const assets = [...byUnderlying(lines)].map(([name, group]) => assetMargin(name, group, scenarios, sheet));
  const diagnostics: Diagnostic[] = [...translations(lines, heldAssets(account, market))];
  if (portfolio.orders.length > 0) {
    diagnostics.push(
      missingTerm("Resting orders are not margined: how the venue adds them to a scan is not published."),
    );
  }
  const provided = provisions(lines, inputs, diagnostics);
  const risk = total(assets.map(({ component }) => component.initial));
  const required = paradexRequirement(risk, 0, sheet.maintenanceFactor);
  return venueResult({
    model,
    account,
    components: [
      ...(assets.length > 0
        ? [
            {
              id: "risk",
              label: "Net portfolio requirement",
              initial: required.initial,
              maintenance: required.maintenance,
              children: assets.map(({ component }) => component),
            },
          ]
        : []),
      ...provided,
    ],
    ...(assets.length > 0 && {
      worst: {
        id: assets.map(({ worstAt }) => scenarios[worstAt]?.id ?? "").join("+"),
        label: assets
          .map(({ component, worstAt }) => `${component.label}: ${scenarios[worstAt]?.label ?? ""}`)
          .join("; "),
        pnlUsd: total(assets.map(({ worstPnl }) => worstPnl)),
        contributions: assets.flatMap(({ contributions }) => contributions),
      },
    }),
    scenarios: scenarios.map(({ id, label }, at): ScenarioPnl => ({
      id,
      label,
      pnlUsd: total(assets.map(({ pnl }) => pnl[at] ?? 0)),
    })),
    diagnostics,
  });
}

/** Paradex portfolio margin under a sheet of parameters; funding and fees come by `inputs`. */
export const paradexPortfolioModel = (
  sheet: ParadexSheet = paradexSheet,
  inputs: ParadexAccountInputs = sheet.account ?? {},
): MarginModel => ({
  id: model,
  title: "Paradex portfolio margin",
  venue: "paradex",
  margin: (portfolio, market) => margin(portfolio, market, sheet, inputs),
});

import { type MarginComponent } from "../../margin-model.ts";
import { type BookLine, byExpiry, daysToExpiry } from "../shared/book-lines.ts";
import { valueOf } from "../shared/named-values.ts";
import {
  type OkxAccountInputs,
  type OkxClass,
  type OkxSheet,
  type OkxVolatilityShock,
} from "./parameters.ts";
import {
  basisCharge,
  extremeMoveCharge,
  lowestOf,
  minimumCharge,
  riskUnitRequirement,
  stablecoinHedgeCharge,
} from "./risk-unit.ts";
import { groupBy } from "../shared/group-by.ts";

/** One scenario of a unit. `step` counts from the lowest move of the class: units of other classes share it. */
export interface UnitScenario {
  readonly id: string;
  readonly move: number;
  readonly vol: VolState;
}

type VolState = "same" | "points-up" | "points-down" | "relative-up" | "relative-down";

/** A risk unit, margined. */
export interface UnitMargin {
  readonly underlying: string;
  readonly component: MarginComponent;
  readonly scenarios: readonly UnitScenario[];
  readonly pnl: readonly number[];
  /** The move that sets the unit's market risk, and what each item loses in it; losses of MR6 count half. */
  readonly worst: {
    readonly label: string;
    readonly pnlUsd: number;
    readonly contributions: readonly { readonly item: string; readonly pnlUsd: number }[];
  };
  /** Terms that no public source gives and that were not supplied. */
  readonly missing: readonly string[];
}

export interface RiskUnit {
  readonly underlying: string;
  /** Perpetuals, futures and options. */
  readonly lines: readonly BookLine[];
  /** Coin held or owed, spot positions included, units. */
  readonly holding: number;
}

function volOf(line: BookLine, state: VolState, shocks: readonly OkxVolatilityShock[]): number {
  const row = shocks.find(({ maxDays }) => daysToExpiry(line) <= maxDays) ?? shocks.at(-1);
  if (state === "same" || !row) return line.vol;
  const size = state.startsWith("points") ? row.points : line.vol * row.relative;
  return Math.max(0, line.vol + (state.endsWith("up") ? size : -size));
}

/** The part of the coin held that hedges the unit's derivatives, units: it moves with the scenarios. */
export function spotInUse(derivativesDelta: number, holding: number): number {
  return Math.min(Math.max(0, holding), Math.max(Math.min(0, holding), -derivativesDelta));
}

/** A bucket's name in scenario ids, the same for all classes: `minus-3`, `0`, `plus-1`. */
const bucketName = (bucket: number): string =>
  bucket === 0 ? "0" : `${bucket < 0 ? "minus" : "plus"}-${Math.abs(bucket)}`;

const percent = (move: number): string => `${move > 0 ? "+" : ""}${Math.round(move * 1e4) / 100}%`;
const total = (values: readonly number[]): number => values.reduce((sum, value) => sum + value, 0);

/** Margins one risk unit: MR1 to MR7 and MR9. */
export function riskUnitMargin(
  unit: RiskUnit,
  parameters: OkxClass,
  sheet: OkxSheet,
  inputs: OkxAccountInputs,
): UnitMargin {
  const { underlying, lines } = unit;
  const missing: string[] = [];
  const miss = (what: string): void => {
    missing.push(what);
  };
  const indexUsd = lines[0]?.indexUsd ?? 0;
  const options = lines.filter(({ instrument }) => instrument.kind === "option");
  const deltaOnes = lines.filter(({ instrument }) => instrument.kind !== "option");
  const shocks = inputs.volatilityShocks ?? [];
  const spot = spotInUse(total(lines.map(({ delta }) => delta)), unit.holding);

  const itemsAt = (move: number, vol: VolState): { item: string; pnlUsd: number }[] => [
    ...lines.map((line) => ({
      item: line.instrument.id,
      pnlUsd: line.usd({ spot: move, vol: volOf(line, vol, shocks) }),
    })),
    ...(spot === 0 ? [] : [{ item: underlying, pnlUsd: spot * indexUsd * move }]),
  ];
  const pnlAt = (move: number, vol: VolState): number =>
    total(itemsAt(move, vol).map(({ pnlUsd }) => pnlUsd));

  const moves = [...parameters.spotMoves.map((move) => -move).reverse(), 0, ...parameters.spotMoves];
  const vols: VolState[] =
    options.length > 0 && shocks.length > 0
      ? ["same", "points-up", "points-down", "relative-up", "relative-down"]
      : ["same"];
  const scenarios = moves.flatMap((move, step) =>
    vols.map((vol): UnitScenario => ({
      id: `mr1-${bucketName(step - parameters.spotMoves.length)}-vol-${vol}`,
      move,
      vol,
    })),
  );
  const pnl = scenarios.map(({ move, vol }) => pnlAt(move, vol));
  const lowest = lowestOf(pnl);
  const mr1 = Math.max(0, -lowest.pnl);

  const ageYears = sheet.thetaHours / 8_760;
  const mr2 = Math.max(0, -total(lines.map((line) => line.usd({ spot: 0, ageYears }))));

  const legs = byExpiry(lines, ({ delta }) => delta).filter(({ net }) => net !== 0);
  if (parameters.basisMinimum === undefined && legs.length > 0)
    miss("the least basis move of MR4 is not published.");
  const mr4 = total(
    legs.map(({ net, expiryYears }) =>
      basisCharge(
        net * indexUsd,
        Math.max(parameters.basisAnnual * expiryYears, parameters.basisMinimum ?? 0),
      ),
    ),
  );

  const extremes = [-parameters.extremeMove, parameters.extremeMove].map((move) => ({
    move,
    pnl: pnlAt(move, "same"),
  }));
  const extreme = extremes.reduce((worst, candidate) => (candidate.pnl < worst.pnl ? candidate : worst));
  const mr6 = Math.max(0, extremeMoveCharge(extreme.pnl));

  if (options.length > 0) {
    if (shocks.length === 0)
      miss("volatility shocks of MR1 are not published as a whole; set account.volatilityShocks in a sheet.");
    if (valueOf(inputs.mr3Usd, underlying) === undefined)
      miss("MR3 (volatility term structure) has no public coefficients; set account.mr3Usd in a sheet.");
    if (valueOf(inputs.mr5Usd, underlying) === undefined)
      miss("MR5 (interest rates) has no public coefficients; set account.mr5Usd in a sheet.");
    if (valueOf(inputs.optionMinimumChargeUsd, underlying) === undefined) {
      miss(
        "the minimum charge of options in MR7 is not published; set account.optionMinimumChargeUsd in a sheet.",
      );
    }
  }
  const mr3 = valueOf(inputs.mr3Usd, underlying) ?? 0;
  const mr5 = valueOf(inputs.mr5Usd, underlying) ?? 0;

  const notional = total(deltaOnes.map(({ units }) => Math.abs(units) * indexUsd));
  if (
    notional > 0 &&
    (parameters.minimumChargeRate === undefined || parameters.minimumChargeTiers === undefined)
  ) {
    miss(`the minimum charge of MR7 is not published for the class ${parameters.name}.`);
  }
  const raw =
    notional * (parameters.minimumChargeRate ?? 0) +
    (valueOf(inputs.optionMinimumChargeUsd, underlying) ?? 0);
  const mr7 = minimumCharge(
    raw,
    (parameters.minimumChargeTiers ?? []).map(({ upToUsd, multiplier }) => [upToUsd, multiplier] as const),
  );

  const byCurrency = groupBy(lines, ({ instrument }) =>
    instrument.settlement === "inverse" ? "USD" : instrument.quoteAsset,
  );
  const cashDeltas = [...byCurrency.values()].map(
    (group) => total(group.map(({ delta }) => delta)) * indexUsd,
  );
  const hedged = Math.min(
    total(cashDeltas.filter((delta) => delta > 0)),
    -total(cashDeltas.filter((delta) => delta < 0)),
  );
  if (hedged > 0 && !inputs.stablecoinHedgeTiers) {
    miss(
      "MR9 (hedges across dollar currencies) depends on a table that is not published as a whole; set account.stablecoinHedgeTiers in a sheet.",
    );
  }
  const mr9 =
    hedged > 0
      ? stablecoinHedgeCharge(
          hedged,
          (inputs.stablecoinHedgeTiers ?? []).map(({ upToUsd, rate }) => [upToUsd, rate] as const),
        )
      : 0;

  const requirement = riskUnitRequirement({ mr1, mr2, mr3, mr4, mr5, mr6, mr7, mr9 }, sheet.initialFactor);
  const share = (
    id: string,
    label: string,
    maintenance: number,
    informative: boolean = false,
  ): MarginComponent => ({
    id: `${id}-${underlying}`,
    label,
    initial: maintenance * sheet.initialFactor,
    maintenance,
    ...(informative && { informative }),
  });
  const worstOf = Math.max(mr1, mr2, mr6);
  const component: MarginComponent = {
    ...share("unit", `Risk unit ${underlying}`, requirement.maintenance),
    rule: "max(max(MR1, MR2, MR6) + MR3 + MR4 + MR5, MR7) + MR9; initial = 1.3 × maintenance",
    children: [
      {
        ...share("market", "Largest of MR1, MR2, MR6", worstOf),
        children: [
          share(
            "mr1",
            `MR1 spot and volatility, worst at ${percent(scenarios[lowest.index]?.move ?? 0)}`,
            mr1,
            mr1 < worstOf,
          ),
          share("mr2", "MR2 time decay", mr2, mr2 < worstOf || mr1 === worstOf),
          share(
            "mr6",
            `MR6 extreme move ${percent(extreme.move)}, half`,
            mr6,
            mr6 < worstOf || mr1 === worstOf || mr2 === worstOf,
          ),
        ],
      },
      share("mr3", "MR3 volatility term structure", mr3),
      share("mr4", "MR4 basis", mr4),
      share("mr5", "MR5 interest rates", mr5),
      {
        ...share("mr7-excess", "MR7 minimum charge beyond the above", Math.max(0, mr7 - requirement.market)),
        children: [share("mr7", "MR7 minimum charge", mr7, true)],
      },
      share("mr9", "MR9 stablecoin hedges", mr9),
    ],
  };
  const chosen = scenarios[lowest.index];
  const halved = mr6 > mr1;
  const contributions = halved
    ? itemsAt(extreme.move, "same").map(({ item, pnlUsd }) => ({ item, pnlUsd: pnlUsd / 2 }))
    : itemsAt(chosen?.move ?? 0, chosen?.vol ?? "same");
  return {
    underlying,
    component,
    scenarios,
    pnl,
    worst: {
      label: halved
        ? `${underlying} ${percent(extreme.move)}, extreme move, half`
        : `${underlying} ${percent(chosen?.move ?? 0)}, volatility ${chosen?.vol ?? "same"}`,
      pnlUsd: -Math.max(mr1, mr6),
      contributions,
    },
    missing,
  };
}

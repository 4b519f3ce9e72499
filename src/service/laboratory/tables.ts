import { type LaboratoryResult } from "./analyse.ts";
import { tailLevels } from "../../clearing/stress/index.ts";
import { type MeanCapital } from "./capital.ts";
import { type CsvTable, type CsvValue } from "./csv.ts";
import { frontierScales, type TypeFrontier } from "./curves.ts";
import { requirementBases } from "./observations.ts";

/** A column: its head with the unit, and what a row has there. */
type Column<T> = readonly [head: string, value: (row: T) => CsvValue];

function table<T>(name: string, about: string, rows: readonly T[], columns: readonly Column<T>[]): CsvTable {
  return {
    name,
    about,
    columns: columns.map(([head]) => head),
    rows: rows.map((row) => columns.map(([, value]) => value(row))),
  };
}

/** Every table of a result, in a fixed order with fixed names. */
export const laboratoryTables = (result: LaboratoryResult): readonly CsvTable[] => {
  const partial = new Set(result.models.filter(({ isPartial }) => isPartial).map(({ id }) => id));
  const tables = [
    ...studied(result),
    ...safety(result),
    ...capital(result),
    ...scales(result),
    ...curves(result),
  ];
  return tables.map((one) => withPartial(one, partial));
};

/** Beside every model that a row is of, whether it is emulated in part: what it asks is then a lower bound. */
function withPartial(one: CsvTable, partial: ReadonlySet<CsvValue>): CsvTable {
  const at = one.columns.findIndex((column) => column === "model" || column === "rival");
  if (at < 0 || one.columns.includes("is_partial")) return one;
  return {
    ...one,
    columns: one.columns.toSpliced(at + 1, 0, `${one.columns[at]}_is_partial`),
    rows: one.rows.map((row) => row.toSpliced(at + 1, 0, partial.has(row[at] ?? null))),
  };
}

function studied({
  targetChecks,
  models,
  books,
  coverage,
  provenance,
}: LaboratoryResult): readonly CsvTable[] {
  return [
    table("targets", "a promise, with what was found", targetChecks, [
      ["id", ({ id }) => id],
      ["promise", ({ promise }) => promise],
      ["found", ({ found }) => found],
      ["outcome", ({ outcome }) => outcome],
    ]),
    table("models", "a model that was asked", models, [
      ["model", ({ id }) => id],
      ["title", ({ title }) => title],
      ["venue", ({ venue }) => venue],
      ["is_portfolio_rule", ({ isPortfolioRule }) => isPortfolioRule],
      ["is_partial", ({ isPartial }) => isPartial],
    ]),
    table("books", "a book of the library", books, [
      ["book", ({ name }) => name],
      ["type", ({ type }) => type],
      ["asset", ({ asset }) => asset],
      ["track", ({ track }) => track],
      ["group", ({ group }) => group],
    ]),
    table("coverage", "a horizon in a span", coverage, [
      ["horizon_hours", ({ horizonHours }) => horizonHours],
      ["span", ({ span }) => span],
      ["types", ({ types }) => types],
      ["windows", ({ windows }) => windows],
      ["from_utc_ms", ({ windows, fromMs }) => (windows > 0 ? fromMs : null)],
      ["to_utc_ms", ({ windows, toMs }) => (windows > 0 ? toMs : null)],
    ]),
    table("data", "a file that was read", provenance.data, [
      ["file", ({ name }) => name],
      ["size_bytes", ({ bytes }) => bytes],
      ["sha256", ({ sha256 }) => sha256],
    ]),
  ];
}

/** Of most types on one asset a single regime holds too few windows to say anything: half the table for nothing. */
const isTold = ({ type, asset, regime, verdict }: LaboratoryResult["verdicts"][number]): boolean =>
  type === "all" || asset === "all" || regime === "all" || verdict !== "insufficient";

function safety(result: LaboratoryResult): readonly CsvTable[] {
  const { verdicts, procyclicality, crashFunds, ownScale, shortfallTests, bases, shortfall } = result;
  const crashLosses = crashFunds.flatMap((fund) => fund.losses.map((loss) => ({ fund, loss })));
  return [
    table(
      "verdicts",
      "a model's windows at one horizon in one span, requirements as published; of one type, asset and regime only with windows enough",
      verdicts.filter(isTold),
      [
        ["model", ({ model }) => model],
        ["horizon_hours", ({ horizonHours }) => horizonHours],
        ["span", ({ span }) => span],
        ["target_rate", ({ target }) => target],
        ["track", ({ track }) => track],
        ["type", ({ type }) => type],
        ["asset", ({ asset }) => asset],
        ["regime", ({ regime }) => regime],
        ["books", ({ books }) => books],
        ["windows", ({ windows }) => windows],
        ["independent_windows", ({ independentWindows }) => independentWindows],
        ["breaches", ({ breaches }) => breaches],
        ["breach_rate", ({ rate }) => rate],
        ["rate_low_95", ({ low }) => low],
        ["rate_high_95", ({ high }) => high],
        ["effective_windows", ({ effectiveWindows }) => effectiveWindows],
        ["interval_by", ({ intervalBy }) => intervalBy],
        ["exceedance_p", ({ exceedanceP }) => exceedanceP],
        ["kupiec_p", ({ kupiecP }) => kupiecP],
        ["independence_p", ({ independenceP }) => independenceP],
        ["independence_verdict", ({ independence }) => independence],
        ["conditional_coverage_p", ({ conditionalCoverageP }) => conditionalCoverageP],
        ["dynamic_quantile_p", ({ dynamicQuantileP }) => dynamicQuantileP],
        ["mean_excess_share_of_notional", ({ meanExcess }) => meanExcess],
        ["worst_excess_share_of_notional", ({ worstExcess }) => worstExcess],
        ["worst_start_utc_ms", ({ worstMs }) => worstMs],
        ["verdict", ({ verdict }) => verdict],
      ],
    ),
    table(
      "independence-own-scale",
      "our model on a type out of sample, scaled so that the type by itself met the target in training",
      ownScale,
      [
        ["type", ({ type }) => type],
        ["track", ({ track }) => track],
        ["own_scale", ({ scale }) => scale],
        ["books", ({ books }) => books],
        ["windows", ({ windows }) => windows],
        ["independent_windows", ({ independentWindows }) => independentWindows],
        ["breaches", ({ breaches }) => breaches],
        ["breach_rate", ({ rate }) => rate],
        ["independence_p", ({ independenceP }) => independenceP],
        ["independence_verdict", ({ independence }) => independence],
      ],
    ),
    table(
      "expected-shortfall",
      "the tests of Acerbi and Székely on our model's Expected Shortfall",
      shortfallTests,
      [
        ["level", () => shortfall?.level ?? null],
        ["horizon_hours", () => shortfall?.horizonHours ?? null],
        ["span", ({ span }) => span],
        ["track", ({ track }) => track],
        ["type", ({ type }) => type],
        ["windows_of", ({ windowsOf }) => windowsOf],
        ["windows", ({ windows }) => windows],
        ["instants", ({ instants }) => instants],
        ["left_out_without_risk", ({ leftOut }) => leftOut],
        ["exceptions", ({ exceptions }) => exceptions],
        ["expected_exceptions", ({ expected }) => expected],
        ["loss_over_expected_shortfall", ({ lossOverShortfall }) => lossOverShortfall],
        ["z1", ({ z1 }) => z1],
        ["z1_p", ({ z1P }) => z1P],
        ["z2", ({ z2 }) => z2],
        ["z2_p", ({ z2P }) => z2P],
        ["verdict", ({ verdict }) => verdict],
      ],
    ),
    table(
      "requirement-basis",
      "what set our initial requirement of a type out of sample, as shares of windows",
      bases,
      [
        ["type", ({ type }) => type],
        ["track", ({ track }) => track],
        ["windows", ({ windows }) => windows],
        ...requirementBases.map((basis): Column<(typeof bases)[number]> => [
          `${basis.replace("-", "_")}_share`,
          ({ shares }) => shares[basis],
        ]),
      ],
    ),
    table(
      "procyclicality",
      "a model's requirement for an unchanged book through a crash, marks held",
      procyclicality,
      [
        ["crash", ({ crash }) => crash],
        ["book", ({ book }) => book],
        ["model", ({ model }) => model],
        ["instants", ({ timesMs }) => timesMs.length],
        ["from_utc_ms", ({ timesMs }) => timesMs[0] ?? null],
        ["to_utc_ms", ({ timesMs }) => timesMs.at(-1) ?? null],
        ["start_share_of_notional", ({ startShare }) => startShare],
        ["end_over_start", ({ change }) => change],
        ["peak_over_trough", ({ measured }) => measured.peakToTrough],
        ["largest_rise_1_share", ({ measured }) => measured.largestRises[0]?.rise ?? null],
        ["largest_rise_5_share", ({ measured }) => measured.largestRises[1]?.rise ?? null],
        ["peak_over_trough_as_marks_went", ({ withMarks }) => withMarks?.peakToTrough ?? null],
        ["largest_rise_1_share_as_marks_went", ({ withMarks }) => withMarks?.largestRises[0]?.rise ?? null],
      ],
    ),
    table(
      "crash-fund",
      "the worst close-out window of one length in a crash, beside a fund sized at the crash's start",
      crashLosses,
      [
        ["crash", ({ fund }) => fund.crash],
        ["from_utc_ms", ({ fund }) => fund.fromMs],
        ["to_utc_ms", ({ fund }) => fund.toMs],
        ["coins", ({ fund }) => fund.coins.join(" ")],
        ["accounts", ({ fund }) => fund.accounts],
        ["notional_usd", ({ fund }) => fund.notionalUsd],
        ["required_usd", ({ fund }) => fund.requiredUsd],
        ["close_out_hours", ({ loss }) => loss.hours],
        ["starts", ({ loss }) => loss.starts],
        ["worst_start_utc_ms", ({ loss }) => (loss.beyondUsd > 0 ? loss.startMs : null)],
        ["worst_utc_ms", ({ loss }) => (loss.beyondUsd > 0 ? loss.worstMs : null)],
        ["beyond_initial_usd", ({ loss }) => loss.beyondUsd],
        ["largest_account_usd", ({ loss }) => loss.largestUsd],
        ["accounts_beyond", ({ loss }) => loss.accountsBeyond],
        ["cover_one_usd", ({ fund }) => fund.coverOneUsd],
        ["cover_two_usd", ({ fund }) => fund.coverTwoUsd],
        ["cover_two_scenario", ({ fund }) => fund.coverTwoScenario],
        ["all_losers_usd", ({ fund }) => fund.allUsd],
        ...tailLevels.map((level): Column<(typeof crashLosses)[number]> => [
          `expected_shortfall_${String(level).slice(2)}_usd`,
          ({ fund }) => fund.tails.find((tail) => tail.level === level)?.expectedShortfallUsd ?? null,
        ]),
      ],
    ),
  ];
}

const meanColumns = <T>(prefix: string, of: (row: T) => MeanCapital): readonly Column<T>[] => [
  [`${prefix}types`, (row) => of(row).types],
  [`${prefix}types_ours_less`, (row) => of(row).less],
  [`${prefix}types_ours_unsafe`, (row) => of(row).oursUnsafe],
  [`${prefix}types_rival_unsafe`, (row) => of(row).rivalUnsafe],
  [`${prefix}ours_share_of_notional`, (row) => of(row).ours],
  [`${prefix}rival_share_of_notional`, (row) => of(row).rival],
  [`${prefix}ratio_of_means`, (row) => of(row).ratio],
  [`${prefix}geometric_mean_ratio`, (row) => of(row).typicalRatio],
];

function capital({ comparisons, headline, capital: own, weaknesses }: LaboratoryResult): readonly CsvTable[] {
  const byType = comparisons.flatMap((comparison) => comparison.types.map((type) => ({ comparison, type })));
  return [
    table(
      "comparisons",
      "our capital beside a rival's over the types that both margin, out of sample",
      comparisons,
      [
        ["rival", ({ rival }) => rival],
        ["horizon_hours", ({ horizonHours }) => horizonHours],
        ["target_rate", ({ target }) => target],
        ["solved_on", ({ basis }) => basis.span],
        ["scaling", ({ basis }) => basis.scaling],
        ["ours_scale", ({ oursScale }) => oursScale],
        ["rival_scale", ({ rivalScale }) => rivalScale],
        ...meanColumns<(typeof comparisons)[number]>("", ({ all }) => all),
        ...meanColumns<(typeof comparisons)[number]>(
          "option_hedged_",
          ({ groups }) => groups["option-hedged"],
        ),
        ...meanColumns<(typeof comparisons)[number]>(
          "staked_collateral_",
          ({ groups }) => groups["staked-collateral"],
        ),
      ],
    ),
    table(
      "intervals",
      "the ratio of our capital to a rival's at the headline, resampled by weeks in blocks",
      headline,
      [
        ["rival", ({ rival }) => rival],
        ["horizon_hours", ({ horizonHours }) => horizonHours],
        ["target_rate", ({ target }) => target],
        ["ratio_of_means", ({ all }) => all.ratio],
        ["low_95", ({ interval }) => interval?.all?.low ?? null],
        ["high_95", ({ interval }) => interval?.all?.high ?? null],
        ["option_hedged_ratio", ({ groups }) => groups["option-hedged"].ratio],
        ["option_hedged_low_95", ({ interval }) => interval?.groups["option-hedged"]?.low ?? null],
        ["option_hedged_high_95", ({ interval }) => interval?.groups["option-hedged"]?.high ?? null],
        ["staked_collateral_ratio", ({ groups }) => groups["staked-collateral"].ratio],
        ["staked_collateral_low_95", ({ interval }) => interval?.groups["staked-collateral"]?.low ?? null],
        ["staked_collateral_high_95", ({ interval }) => interval?.groups["staked-collateral"]?.high ?? null],
      ],
    ),
    table("comparison-types", "our capital beside a rival's for one type, out of sample", byType, [
      ["rival", ({ comparison }) => comparison.rival],
      ["horizon_hours", ({ comparison }) => comparison.horizonHours],
      ["target_rate", ({ comparison }) => comparison.target],
      ["solved_on", ({ comparison }) => comparison.basis.span],
      ["scaling", ({ comparison }) => comparison.basis.scaling],
      ["type", ({ type }) => type.type],
      ["group", ({ type }) => type.group],
      ["windows", ({ type }) => type.windows],
      ["ours_share_of_notional", ({ type }) => type.ours],
      ["rival_share_of_notional", ({ type }) => type.rival],
      ["ratio", ({ type }) => type.ratio],
    ]),
    table(
      "capital",
      "what a model asks out of sample for a type, as published and at its scale of the training",
      own,
      [
        ["model", ({ model }) => model],
        ["horizon_hours", ({ horizonHours }) => horizonHours],
        ["target_rate", ({ target }) => target],
        ["type", ({ type }) => type],
        ["group", ({ group }) => group],
        ["windows", ({ windows }) => windows],
        ["published_share_of_notional", ({ published }) => published],
        ["capital_share_of_notional", (row) => row.capital],
        ["notional_over_capital", ({ efficiency }) => efficiency],
        ["breach_rate_at_scale", ({ breachRate }) => breachRate],
      ],
    ),
    table(
      "weaknesses",
      "a type for which a rival portfolio rule asks less at equal safety, and why",
      weaknesses,
      [
        ["rival", ({ rival }) => rival],
        ["horizon_hours", ({ horizonHours }) => horizonHours],
        ["type", ({ type }) => type],
        ["ours_share_of_notional", ({ ours }) => ours],
        ["rival_share_of_notional", ({ rivalCapital }) => rivalCapital],
        ["ratio", ({ ratio }) => ratio],
        ["ratio_at_own_scales", ({ ratioOwnScales }) => ratioOwnScales],
        ["cause", ({ cause }) => cause],
        ["ours_scale_over_own", ({ oursFatness }) => oursFatness],
        ["rival_scale_over_own", ({ rivalFatness }) => rivalFatness],
      ],
    ),
  ];
}

function scales({ scales: found, fatness }: LaboratoryResult): readonly CsvTable[] {
  const byType = found.flatMap((model) => model.types.map((type) => ({ model, type })));
  return [
    table("scales", "the factor with which every type that a model margins meets the target", found, [
      ["model", ({ model }) => model],
      ["horizon_hours", ({ horizonHours }) => horizonHours],
      ["target_rate", ({ target }) => target],
      ["solved_on", ({ span }) => span],
      ["scale", ({ scale }) => scale],
      ["binding_type", ({ binding }) => binding],
      ["scale_without_it", ({ scaleWithoutBinding }) => scaleWithoutBinding],
      ["next_binding_type", ({ nextBinding }) => nextBinding],
      ["types", ({ types }) => types.length],
    ]),
    table("type-scales", "a type under a model's scale and under its own", byType, [
      ["model", ({ model }) => model.model],
      ["horizon_hours", ({ model }) => model.horizonHours],
      ["target_rate", ({ model }) => model.target],
      ["solved_on", ({ model }) => model.span],
      ["type", ({ type }) => type.type],
      ["windows", ({ type }) => type.windows],
      ["breaches_published", ({ type }) => type.breachesUnscaled],
      ["breaches_scaled", ({ type }) => type.breaches],
      ["own_scale", ({ type }) => type.ownScale],
      ["binds", ({ type }) => type.binds],
    ]),
    table("fatness", "how much more than it needs our one scale asks of a type, at the headline", fatness, [
      ["type", ({ type }) => type],
      ["own_scale", ({ ownScale }) => ownScale],
      ["scale_over_own", (row) => row.fatness],
    ]),
  ];
}

const published = frontierScales.indexOf(1);

function curves({ frontiers, typeFrontiers }: LaboratoryResult): readonly CsvTable[] {
  const pooled = frontiers.flatMap((line) => line.points.map((point) => ({ line, point })));
  return [
    table(
      "frontier",
      "a factor on a model's requirements over the types of a track that its rivals margin too, out of sample",
      pooled,
      [
        ["model", ({ line }) => line.model],
        ["horizon_hours", ({ line }) => line.horizonHours],
        ["track", ({ line }) => line.track],
        ["types", ({ line }) => line.types.length],
        ["windows", ({ line }) => line.windows],
        ["factor", ({ point }) => point.scale],
        ["breaches", ({ point }) => point.breaches],
        ["mean_breach_rate", ({ point }) => point.rate],
        ["mean_capital_share_of_notional", ({ point }) => point.capital],
      ],
    ),
    table(
      "frontier-types",
      "a model on one type out of sample: how many windows breach at each factor on its requirement, to which capital is in proportion",
      typeFrontiers,
      [
        ["model", ({ model }) => model],
        ["horizon_hours", ({ horizonHours }) => horizonHours],
        ["type", ({ type }) => type],
        ["windows", ({ windows }) => windows],
        ["capital_at_1_share_of_notional", ({ points }) => points[published]!.capital],
        ...frontierScales.map((scale, at): Column<TypeFrontier> => [
          `breaches_at_${String(scale).replace(".", "_")}`,
          ({ points }) => points[at]!.breaches,
        ]),
      ],
    ),
  ];
}

import { type BestRival } from "./best-rival.ts";
import { type CrashFund, worstLoss } from "./crash-fund.ts";
import { countText, lessText, shareText, targetText, typesText, usdText } from "./texts.ts";
import { type Comparison } from "./capital.ts";
import { type OwnScaleCell, ownScaleShare } from "./own-scale.ts";
import { type VerdictCell } from "./verdicts.ts";

/** One promise of the model, with what was found. */
export interface TargetCheck {
  readonly id: string;
  readonly promise: string;
  /** In words, with numbers. */
  readonly found: string;
  readonly outcome: "met" | "missed" | "insufficient";
}

/** Checks what was promised at the headline horizon and target, in a fixed order. */
export function checkTargets(input: {
  /** Of our model, out of sample, at the headline target. */
  readonly cells: readonly VerdictCell[];
  readonly target: number;
  readonly best: BestRival | null;
  readonly bestPerType: Comparison | null;
  readonly crashFunds: readonly CrashFund[];
  readonly ownScale: readonly OwnScaleCell[];
  readonly titleOf: (model: string) => string;
}): readonly TargetCheck[] {
  const { cells, target, best, bestPerType, crashFunds, ownScale, titleOf } = input;
  const whole = cells.filter(({ regime }) => regime === "all");
  const pooled = whole.find(({ type, asset }) => type === "all" && asset === "all");
  const assets = whole.filter(({ type, asset }) => type === "all" && asset !== "all");
  const types = whole.filter(({ type, asset }) => type !== "all" && asset === "all");
  const atMost = targetText(target);
  return [
    {
      id: "pooled-safety",
      promise: `All books together breach at most ${atMost} of the time`,
      found: pooled
        ? `${shareText(pooled.rate)}, ${countText(pooled.breaches)} of ${countText(pooled.windows)}; the truth is within ` +
          `${shareText(pooled.low)} and ${shareText(pooled.high)}`
        : "no windows out of sample",
      outcome: pooled ? outcomeOf(pooled.verdict) : "insufficient",
    },
    shareCheck("asset-safety", `Each asset's books breach at most ${atMost} of the time`, assets, "assets"),
    shareCheck("type-safety", `Each type's books breach at most ${atMost} of the time`, types, "types"),
    independenceCheck(types, ownScale),
    ...capitalChecks(best, titleOf),
    perTypeCheck(bestPerType, titleOf),
    crashFundCheck(crashFunds),
  ];
}

const outcomeOf = (verdict: VerdictCell["verdict"]): TargetCheck["outcome"] =>
  verdict === "pass" ? "met" : verdict === "fail" ? "missed" : "insufficient";

function shareCheck(id: string, promise: string, cells: readonly VerdictCell[], what: string): TargetCheck {
  const told = cells.filter(({ verdict }) => verdict !== "insufficient");
  const failed = told.filter(({ verdict }) => verdict === "fail");
  const beyondChance = failed.filter(({ exceedanceP }) => exceedanceP < 0.05).length;
  const names = failed
    .toSorted((a, b) => b.rate - a.rate)
    .slice(0, 3)
    .map((cell) => `${id === "asset-safety" ? cell.asset : cell.type} ${shareText(cell.rate)}`);
  return {
    id,
    promise,
    found:
      `${told.length - failed.length} of ${told.length} ${what} do` +
      (failed.length > 0
        ? `; not ${names.join(", ")}${failed.length > 3 ? " and others" : ""} (${beyondChance} beyond chance)`
        : "") +
      (told.length < cells.length ? `; ${cells.length - told.length} have too few windows` : ""),
    outcome: told.length === 0 ? "insufficient" : failed.length === 0 ? "met" : "missed",
  };
}

/** The verdict is of the requirement as published; what own scales show stands beside it. */
function independenceCheck(types: readonly VerdictCell[], ownScale: readonly OwnScaleCell[]): TargetCheck {
  const { told: toldScaled, stand } = ownScaleShare(ownScale);
  const told = types.filter(({ independence }) => independence !== "insufficient");
  const passed = told.filter(({ independence }) => independence === "pass").length;
  return {
    id: "independence",
    promise: "Breaches come one by one: independence stands at 5 % in at least 90 % of types",
    found:
      (told.length === 0
        ? "no type breached often enough to tell"
        : `in ${passed} of ${told.length} types; ${types.length - told.length} more have too few breaches or windows to tell`) +
      (toldScaled === 0 ? "" : `; not as published but each at its own scale, in ${stand} of ${toldScaled}`),
    outcome: told.length === 0 ? "insufficient" : passed >= 0.9 * told.length ? "met" : "missed",
  };
}

function capitalChecks(best: BestRival | null, titleOf: (model: string) => string): readonly TargetCheck[] {
  const none = { found: "no portfolio rule to compare with", outcome: "insufficient" } as const;
  const all = best?.comparison.all;
  const meanCheck = (
    id: string,
    promise: string,
    mean: Comparison["all"] | undefined,
    atMost: number,
  ): TargetCheck => {
    if (!best || !mean) return { id, promise, ...none };
    if (!Number.isFinite(mean.ratio))
      return { id, promise, found: "no such books shared", outcome: "insufficient" };
    return {
      id,
      promise,
      found:
        `${lessText(mean.ratio)} than ${titleOf(best.comparison.rival)} over ${typesText(mean.types)} ` +
        `(${shareText(mean.ours)} of notional against ${shareText(mean.rival)})`,
      outcome: mean.ratio <= atMost ? "met" : "missed",
    };
  };
  return [
    meanCheck(
      "capital",
      "At least 35 % less capital than the best emulated portfolio rule, equally safe",
      all,
      0.65,
    ),
    {
      id: "capital-types",
      promise: "Less capital on at least 80 % of types",
      ...(all && all.types > 0
        ? {
            found: `on ${all.less} of ${all.types}`,
            outcome: all.less >= 0.8 * all.types ? ("met" as const) : ("missed" as const),
          }
        : none),
    },
    meanCheck(
      "capital-option-hedged",
      "At least 50 % less on books with hedged options",
      best?.comparison.groups["option-hedged"],
      0.5,
    ),
    meanCheck(
      "capital-staked",
      "At least 50 % less on books with staked collateral",
      best?.comparison.groups["staked-collateral"],
      0.5,
    ),
  ];
}

function perTypeCheck(comparison: Comparison | null, titleOf: (model: string) => string): TargetCheck {
  const promise = "At least 10 % less even where each model is tuned to each type";
  const id = "capital-per-type";
  if (!comparison || !Number.isFinite(comparison.all.ratio)) {
    return { id, promise, found: "no portfolio rule to compare with", outcome: "insufficient" };
  }
  const { all, rival } = comparison;
  return {
    id,
    promise,
    found: `${lessText(all.ratio)} than ${titleOf(rival)} over ${typesText(all.types)}`,
    outcome: all.ratio <= 0.9 ? "met" : "missed",
  };
}

function crashFundCheck(funds: readonly CrashFund[]): TargetCheck {
  const id = "crash-fund";
  const promise = "No crash leaves more unpaid than Cover-2, the stress size of the fund";
  if (funds.length === 0)
    return { id, promise, found: "no crash was walked in this run", outcome: "insufficient" };
  const beyond = funds
    .map((fund) => ({ fund, lossUsd: worstLoss(fund)?.beyondUsd ?? 0 }))
    .filter(({ fund, lossUsd }) => lossUsd > fund.coverTwoUsd)
    .sort((a, b) => b.lossUsd / b.fund.coverTwoUsd - a.lossUsd / a.fund.coverTwoUsd);
  const names = beyond
    .slice(0, 3)
    .map(({ fund, lossUsd }) => `${fund.crash} (${usdText(lossUsd)} against ${usdText(fund.coverTwoUsd)})`);
  return {
    id,
    promise,
    found:
      `in ${funds.length - beyond.length} of ${funds.length} crashes` +
      (names.length > 0
        ? `; not in ${names.join(", ")}${beyond.length > names.length ? " and others" : ""}`
        : ""),
    outcome: beyond.length === 0 ? "met" : "missed",
  };
}

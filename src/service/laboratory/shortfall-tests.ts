import { exp, log, type RandomStream } from "../../numerics/index.ts";
import { type Verdict } from "../../risk/backtest/cell-verdict.ts";
import { acerbiSzekely, type ShortfallObservation } from "../../risk/backtest/expected-shortfall.ts";
import { leastWindows } from "./cell.ts";
import { type Observations, requirementBases, type Track } from "./observations.ts";
import { type HorizonWindows, joinedWindows, type Span, spans, windowsOf } from "./windows.ts";

/** What our model's Expected Shortfall is of. */
export interface ShortfallTerms {
  /** Such as 0.995. */
  readonly level: number;
  /** Of the moves that it is taken over: windows of other lengths say nothing of it. */
  readonly horizonHours: number;
}

/** The tests of Acerbi and Székely on some windows. */
export interface ShortfallTest {
  readonly span: Span;
  /** `all` where types, or tracks, are pooled. */
  readonly type: string;
  readonly track: Track | "all";
  /** `all`, or those only in which the shortfall set the requirement. */
  readonly windowsOf: "all" | "shortfall";
  readonly windows: number;
  /** Different instants among them. */
  readonly instants: number;
  /** Windows with no risk in the forecast to speak of, which the statistics would divide by. */
  readonly leftOut: number;
  /** Losses beyond Value at Risk, and as many as the model says. */
  readonly exceptions: number;
  readonly expected: number;
  /** Mean loss of the exceptions ÷ mean of their Expected Shortfall. Null without exceptions. */
  readonly lossOverShortfall: number | null;
  readonly z1: number | null;
  readonly z1P: number | null;
  readonly z2: number;
  readonly z2P: number;
  /** `insufficient` below 500 instants; else whether the second test stands at 5 %. */
  readonly verdict: Verdict;
}

/** Less Expected Shortfall than this share of notional is no risk. */
const leastShare = 1e-6;
const significance = 0.05;
/** Shape of the tail beyond Value at Risk: of Student's t with four degrees of freedom. */
const tailShape = 0.25;

/** Quantile of a Pareto law with mean 1. */
const unitMeanPareto = (u: number): number => ((1 - tailShape) * (exp(-tailShape * log(u)) - 1)) / tailShape;

/**
 * Tests what our model says beside its requirement, pooled, by track and by type, on the windows as long as the shortfall's moves. P-values are
 * simulated with all books of an instant losing together: that makes the statistics as uncertain as they can be, so books that
 * breach on one day reject nothing by their number.
 *
 * @param draws - simulations.
 */
export function shortfallTests(input: {
  readonly observations: Observations;
  readonly windows: HorizonWindows;
  readonly terms: ShortfallTerms;
  readonly draws: number;
  readonly seed: number;
}): readonly ShortfallTest[] {
  const { observations, windows } = input;
  const tracks = [...new Set(windows.types.map(({ track }) => track))];
  return spans.flatMap((span) => {
    const joined = (types: HorizonWindows["types"]): Int32Array =>
      joinedWindows(
        observations,
        types.map((type) => windowsOf(type, span)),
      );
    const cells = [
      { type: "all", track: "all" as const, indices: joined(windows.types) },
      ...(tracks.length > 1
        ? tracks.map((track) => ({
            type: "all",
            track,
            indices: joined(windows.types.filter((type) => type.track === track)),
          }))
        : []),
      ...windows.types.map((type) => ({
        type: type.type,
        track: type.track,
        indices: windowsOf(type, span),
      })),
    ];
    return cells.flatMap(({ indices, ...keys }) =>
      (["all", "shortfall"] as const).flatMap((which) => {
        const found = testOf(input, indices, which);
        return found ? [{ span, ...keys, windowsOf: which, ...found }] : [];
      }),
    );
  });
}

function testOf(
  { observations, terms, draws, seed }: Parameters<typeof shortfallTests>[0],
  indices: Int32Array,
  which: ShortfallTest["windowsOf"],
): Omit<ShortfallTest, "span" | "type" | "track" | "windowsOf"> | undefined {
  const { columns } = observations;
  const series: ShortfallObservation[] = [];
  const instantOf: number[] = [];
  let [leftOut, instants, lastMs] = [0, 0, Number.NaN];
  for (const at of indices) {
    const expectedShortfall = columns.expectedShortfallUsd[at]!;
    const valueAtRisk = columns.valueAtRiskUsd[at]!;
    if (Number.isNaN(expectedShortfall) || Number.isNaN(valueAtRisk)) continue;
    if (which === "shortfall" && requirementBases[columns.basis[at]!] !== "shortfall") continue;
    if (!(expectedShortfall > leastShare * columns.notionalUsd[at]!)) {
      leftOut += 1;
      continue;
    }
    const startMs = columns.startMs[at]!;
    if (startMs !== lastMs) instants += 1;
    lastMs = startMs;
    instantOf.push(instants);
    series.push({
      loss: columns.lossUsd[at]!,
      valueAtRisk,
      // a mean of the tail is no less than where it begins, but for rounding
      expectedShortfall: Math.max(expectedShortfall, valueAtRisk),
    });
  }
  if (series.length === 0) return undefined;
  const rate = 1 - terms.level;
  let [drawnFor, uniform] = [0, 0];
  const drawLoss = (index: number, stream: RandomStream): number => {
    const instant = instantOf[index]!;
    // a new series begins with its first window
    if (index === 0 || instant !== drawnFor) [drawnFor, uniform] = [instant, stream.nextFloat()];
    if (uniform >= rate) return -Infinity;
    const { valueAtRisk, expectedShortfall } = series[index]!;
    return valueAtRisk + (expectedShortfall - valueAtRisk) * unitMeanPareto(1 - uniform / rate);
  };
  const { z1, z2 } = acerbiSzekely({
    observations: series,
    level: terms.level,
    tail: { kind: "draw", drawLoss },
    simulations: draws,
    seed,
  });
  const beyond = series.filter(({ loss, valueAtRisk }) => loss > valueAtRisk);
  const total = (of: (one: ShortfallObservation) => number): number =>
    beyond.reduce((sum, one) => sum + of(one), 0);
  return {
    windows: series.length,
    instants,
    leftOut,
    exceptions: beyond.length,
    expected: series.length * rate,
    lossOverShortfall:
      beyond.length === 0 ? null : total(({ loss }) => loss) / total((one) => one.expectedShortfall),
    z1: z1?.statistic ?? null,
    z1P: z1?.pValue ?? null,
    z2: z2.statistic,
    z2P: z2.pValue,
    verdict: instants < leastWindows(0.01) ? "insufficient" : z2.pValue < significance ? "fail" : "pass",
  };
}

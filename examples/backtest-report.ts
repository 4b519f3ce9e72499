// Did a risk measure keep its promise? One-day Value at Risk and Expected Shortfall of one bitcoin from the 250 days before,
// against what the next day brought. The history is made up: calm and wild spells, which such a measure learns too late.
import { moves, syntheticHistory } from "plimsoll/market";
import { expm1 } from "plimsoll/numerics";
import { backtestReport, tailMeasure } from "plimsoll/risk";

const level = 0.99;
const lookback = 250;

const history = syntheticHistory({ seed: 1, days: 1500 });
const { values } = moves(history, "spot:BTC", { horizonSteps: 24, strideSteps: 24 });
const returns = Array.from(values, (logReturn) => expm1(logReturn));

const series = returns.slice(lookback).map((pnl, day) => {
  const forecast = tailMeasure({ pnlUsd: returns.slice(day, day + lookback) }, level);
  return {
    loss: -pnl,
    valueAtRisk: forecast.valueAtRiskUsd,
    expectedShortfall: forecast.expectedShortfallUsd,
  };
});

const report = backtestReport(series, { level });
const { low, high } = report.exceptionRateInterval;
const percent = (share: number) => `${(100 * share).toFixed(2)}%`;
console.log(
  `${report.observations} days, ${report.exceptions} exceptions, ${report.expectedExceptions.toFixed(1)} expected`,
);
console.log(
  `exception rate ${percent(report.exceptionRate)}, surely between ${percent(low)} and ${percent(high)}`,
);
console.log(`traffic light  ${report.trafficLight.zone}`);
console.log(
  `Kupiec p ${report.kupiec.pValue.toFixed(4)}, independence p ${report.independence.pValue.toFixed(4)}`,
);
console.log(
  `shortfall Z2   ${report.expectedShortfall?.z2.statistic.toFixed(3)} (0 when right, negative when too small)`,
);
console.log(`rejected by    ${report.rejectedBy.join(", ") || "no test"}`);

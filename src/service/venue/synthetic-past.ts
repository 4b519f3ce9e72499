import { syntheticHistory, writeHistory } from "../../market/index.ts";

/** Length and grain: a year's moves of a day, in less than half a megabyte of journal. */
const days = 365;
const intervalMs = 4 * 3_600_000;
const significantDigits = 6;
/** What the synthetic market has. */
const symbols = new Set(["BTC", "ETH", "stETH", "USDC"]);

/** The made-up past of the synthetic market that starts at an instant, as a document: what scenarios of portfolio margin are drawn from. */
export function syntheticPast(seed: number, startMs: number): string {
  const history = syntheticHistory({ seed, asOfMs: startMs, days, intervalMs });
  const series = [...history.series]
    .filter(([, { of }]) => symbols.has(of))
    .map(([key, of]) => {
      const values = of.values.map((value) => Number(value.toPrecision(significantDigits)));
      return [key, { ...of, values }] as const;
    });
  return JSON.stringify(JSON.parse(writeHistory({ ...history, series: new Map(series) })));
}

import type { TopLevelSpec } from "vega-lite";
import { type Market } from "../../market/market.ts";
import { log } from "../../numerics/exp-log.ts";
import { type FittedSurface, optionQuotes } from "../../pricing/index.ts";

/** Points of each drawn curve. */
const curvePoints = 80;

/** Smiles by expiry: quoted volatilities as dots, the fitted slice as a line over the quoted strikes; one panel per underlying. */
export function surfaceChart(surfaces: readonly FittedSurface[], market: Market): TopLevelSpec {
  const panels = surfaces.map((fitted) => {
    const name = (expiryMs: number): string => new Date(expiryMs).toISOString().slice(0, 10);
    const lines = fitted.surface.slices.flatMap(({ expiryMs, minLogMoneyness, maxLogMoneyness }) =>
      Array.from({ length: curvePoints + 1 }, (_, i) => {
        const k = minLogMoneyness + ((maxLogMoneyness - minLogMoneyness) * i) / curvePoints;
        return { expiry: name(expiryMs), k, vol: 100 * fitted.surface.volAt(expiryMs, k).value };
      }),
    );
    const dots = optionQuotes(market, fitted.underlying)
      .filter((quote) => quote.impliedVol !== undefined && quote.strike > 0)
      .map((quote) => ({
        expiry: name(quote.expiryMs),
        k: log(quote.strike / quote.forward),
        vol: 100 * (quote.impliedVol ?? 0),
      }));
    const colour = {
      field: "expiry",
      type: "nominal" as const,
      title: "expiry",
      scale: { scheme: "viridis" as const },
    };
    const x = { field: "k", type: "quantitative" as const, title: "ln(strike / forward)" };
    const y = {
      field: "vol",
      type: "quantitative" as const,
      title: "implied volatility, points",
      scale: { zero: false },
    };
    return {
      title: fitted.underlying,
      width: 620,
      height: 360,
      layer: [
        {
          data: { values: lines },
          mark: { type: "line" as const, clip: true },
          encoding: { x, y, color: colour },
        },
        {
          data: { values: dots },
          mark: { type: "point" as const, size: 10, opacity: 0.5, clip: true },
          encoding: { x, y, color: colour },
        },
      ],
    };
  });
  return {
    $schema: "https://vega.github.io/schema/vega-lite/v6.json",
    title: {
      text: "Implied volatility: quotes and fitted surface",
      // What a reader assumed stands after the first semicolon; the command's text has all of it.
      subtitle: `${market.synthetic ? "SYNTHETIC market: " : ""}${market.source.split(";")[0] ?? ""}`,
      anchor: "start" as const,
    },
    background: "white",
    padding: 16,
    vconcat: panels,
  };
}

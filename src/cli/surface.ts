import { yearsToExpiry } from "../market/instrument.ts";
import { type Market } from "../market/market.ts";
import { type ArbitrageFinding, fitSurface, type FittedSurface, optionQuotes } from "../pricing/index.ts";
import { PlimsollError } from "../quantity/index.ts";
import { loadMarket } from "./input/load.ts";
import { formatNumber } from "./output/format.ts";
import { marketHeading, noteLines } from "./output/heading.ts";
import { textTable } from "./output/table.ts";
import { describeFinding, expiryName } from "./surface-words.ts";

export interface SurfaceOptions {
  readonly market?: string | readonly string[] | undefined;
  readonly underlying?: string | undefined;
  readonly at?: string | undefined;
  readonly chart?: string | undefined;
}

/** Most findings listed under each underlying's table; `--json` has all. */
const findingsListed = 10;

/** `plimsoll surface`: fits every underlying's options and says how well, and what arbitrage the quotes hold. */
export async function surfaceCommand(options: SurfaceOptions): Promise<{ text: string; json: unknown }> {
  const { market, notes } = await loadMarket(options.market, options.at);
  const all = fitSurface(market);
  const chosen =
    options.underlying === undefined ? [...all.values()] : [pick(all, market, options.underlying)];
  if (options.chart !== undefined) {
    const { renderChart } = await import("./chart/render.ts");
    const { surfaceChart } = await import("./chart/surface-chart.ts");
    await renderChart(surfaceChart(chosen, market), options.chart);
  }
  const body =
    chosen.length === 0 ? ["No underlying of this market has option quotes."] : chosen.map(surfaceText);
  return {
    text: [marketHeading(market), ...body, ...(notes.length > 0 ? [noteLines(notes).join("\n")] : [])].join(
      "\n\n",
    ),
    json: {
      asOfMs: market.asOfMs,
      source: market.source,
      synthetic: market.synthetic,
      notes,
      surfaces: chosen.map((fitted) => surfaceJson(fitted, market)),
    },
  };
}

function pick(
  surfaces: ReadonlyMap<string, FittedSurface>,
  market: Market,
  underlying: string,
): FittedSurface {
  const found = surfaces.get(underlying) ?? surfaces.get(underlying.toUpperCase());
  if (found !== undefined) return found;
  const known = market.underlyings.has(underlying);
  throw new PlimsollError("PLM_UNKNOWN", {
    field: "--underlying",
    value: underlying,
    limit: `one of ${[...surfaces.keys()].join(", ") || "none: the market has no option quotes"}`,
    remedy: known ? "This underlying has no usable option quotes." : "Name an underlying of the market.",
  });
}

const points = (fraction: number): string => formatNumber(100 * fraction, 2);

function surfaceText(fitted: FittedSurface): string {
  const rows = fitted.expiries.map((expiry) => [
    expiryName(expiry.expiryMs),
    formatNumber(365 * expiry.expiryYears, expiry.expiryYears < 3 / 365 ? 2 : 0),
    formatNumber(expiry.forward, expiry.forward < 10_000 ? 2 : 0),
    points(expiry.atmVol),
    points(expiry.riskReversal25),
    points(expiry.butterfly25),
    String(expiry.quotesUsed),
    formatNumber(expiry.rmseVolPoints, 2),
    formatNumber(expiry.worst.errorVolPoints, 2),
    notes(expiry),
  ]);
  const table = textTable(
    [
      { title: fitted.underlying },
      { title: "days", align: "right" },
      { title: "forward", align: "right" },
      { title: "ATM vol", align: "right" },
      { title: "25Δ RR", align: "right" },
      { title: "25Δ BF", align: "right" },
      { title: "quotes", align: "right" },
      { title: "fit error", align: "right" },
      { title: "worst", align: "right" },
      { title: "notes" },
    ],
    rows,
  );
  const unfitted = fitted.unfitted.map(
    ({ expiryMs, reasons }) => `${expiryName(expiryMs)}: no usable quote (${reasonList(reasons)})`,
  );
  return [
    table,
    "Volatilities and errors in volatility points. Fit error: vega-weighted root mean square; worst: the quote that adds most to it.",
    ...unfitted,
    findingsText(fitted),
  ].join("\n");
}

function notes(expiry: FittedSurface["expiries"][number]): string {
  const said: string[] = [];
  if (expiry.method === "bent-svi") said.push("bent wings");
  if (expiry.method === "ssvi") said.push("three parameters: few strikes carry vega");
  if (expiry.method === "flat") said.push("flat: one strike carries vega");
  if (!expiry.identified) said.push("not identified by its quotes");
  if (expiry.butterflyCostVolPoints >= 0.05) {
    said.push(`butterfly repair +${formatNumber(expiry.butterflyCostVolPoints, 2)}`);
  }
  if (expiry.calendarCostVolPoints >= 0.05) {
    said.push(`calendar repair +${formatNumber(expiry.calendarCostVolPoints, 2)}`);
  }
  if (expiry.quotesSetAside.size > 0) said.push(`set aside: ${reasonList(expiry.quotesSetAside)}`);
  return said.join("; ");
}

const reasonList = (reasons: ReadonlyMap<string, number>): string =>
  [...reasons].map(([reason, count]) => `${count} ${reason}`).join(", ");

function findingsText(fitted: FittedSurface): string {
  if (fitted.findings.length === 0) return "Arbitrage: none found.";
  const counts = Map.groupBy(fitted.findings, (finding) => `${finding.kind} in ${finding.source}`);
  const forwards = new Map(fitted.expiries.map((expiry) => [expiry.expiryMs, expiry.forward]));
  const listed = [...fitted.findings]
    .sort((p, q) => rank(q, forwards) - rank(p, forwards))
    .slice(0, findingsListed);
  const rest = fitted.findings.length - listed.length;
  return [
    `Arbitrage: ${[...counts].map(([kind, findings]) => `${findings.length} ${kind}`).join(", ")}. The largest:`,
    ...listed.map((finding) => `  ${describeFinding(finding)}`),
    ...(rest > 0 ? [`  … and ${rest} more (--json lists all)`] : []),
  ].join("\n");
}

/** Tradable findings first, then marks by their share of the forward, then what the surface repaired by itself. */
function rank(finding: ArbitrageFinding, forwards: ReadonlyMap<number, number>): number {
  const forward = forwards.get(finding.expiriesMs.at(-1) ?? 0) ?? 1;
  const size = finding.unit === "price" ? finding.amount / forward : finding.amount;
  return { "bid-ask": 2, marks: 1, slices: 0 }[finding.source] * 1e6 + Math.min(size, 1e5);
}

function surfaceJson(fitted: FittedSurface, market: Market): unknown {
  const quotes = optionQuotes(market, fitted.underlying);
  return {
    underlying: fitted.underlying,
    expiries: fitted.expiries.map((expiry, index) => ({
      ...expiry,
      quotesSetAside: Object.fromEntries(expiry.quotesSetAside),
      slice: fitted.surface.slices[index],
      smile: quotes
        .filter((quote) => quote.expiryMs === expiry.expiryMs && quote.strike > 0)
        .map((quote) => ({
          instrument: quote.instrument,
          strike: quote.strike,
          optionType: quote.optionType,
          quotedVol: quote.impliedVol,
        })),
    })),
    unfitted: fitted.unfitted.map(({ expiryMs, reasons }) => ({
      expiryMs,
      expiryYears: yearsToExpiry(expiryMs, market.asOfMs),
      reasons: Object.fromEntries(reasons),
    })),
    findings: fitted.findings,
  };
}

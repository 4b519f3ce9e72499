import { exp, log } from "../numerics/exp-log.ts";
import { yearsToExpiry } from "../market/instrument.ts";
import { sviButterflyViolation, sviTotalVariance, sviWingSlopes } from "../market/svi.ts";
import { type SviSlice, type SviSurface } from "../market/svi-surface.ts";
import { black76Price, undiscountedPrice } from "./black76.ts";
import { byExpiry, type OptionQuote } from "./fit-surface-quotes.ts";

/**
 * - `crossed`: a bid above an ask.
 * - `vertical`: an option with a worse strike costs more, or a spread costs more than it can pay.
 * - `butterfly`: a price above the line through its neighbours by strike.
 * - `calendar`: less total variance at a later expiry and the same log-moneyness.
 * - `parity`: call − put is not forward − strike.
 * - `density`: a fitted slice implies a negative density. `wing`: its wing is steeper than Lee's bound.
 */
export type ArbitrageKind = "crossed" | "vertical" | "butterfly" | "calendar" | "parity" | "density" | "wing";

/** What a finding was read from: marks, tradable bids and asks, or the fitted slices before repair. */
export type ArbitrageSource = "marks" | "bid-ask" | "slices";

export interface ArbitrageFinding {
  readonly kind: ArbitrageKind;
  readonly source: ArbitrageSource;
  /** The offending options; the last named is the one out of line. Empty for slices. */
  readonly instruments: readonly string[];
  readonly expiriesMs: readonly number[];
  readonly strikes: readonly number[];
  /** By how much, > 0. */
  readonly amount: number;
  /** `price`: quote currency per unit. `total-variance`, `density` (g below 0) and `slope` are unitless. */
  readonly unit: "price" | "total-variance" | "density" | "slope";
  /** Log-moneyness of a slice's finding. */
  readonly logMoneyness?: number;
}

export interface ArbitrageOptions {
  /** Violations of prices up to this share of the forward are rounding or asynchrony, not findings. Default 1e-4: one tick of a coin-settled option. */
  readonly tolerance?: number;
  /**
   * Parity gaps that a forward this share away would close are asynchrony of marks and forwards, not findings. Default 1e-3.
   */
  readonly parityTolerance?: number;
}

/**
 * Static arbitrage among option quotes, each finding naming the options. Marks are compared after division by the
 * forward that each belongs to, so quotes taken moments apart can be compared; each strike is read from its
 * out-of-the-money option. Bids and asks are compared as they trade.
 */
export function quoteArbitrage(
  quotes: readonly OptionQuote[],
  options: ArbitrageOptions = {},
): readonly ArbitrageFinding[] {
  const tolerance = options.tolerance ?? 1e-4;
  const findings: ArbitrageFinding[] = [];
  let previous: readonly Node[] | undefined;
  for (const group of byExpiry(quotes).values()) {
    crossedQuotes(group, findings);
    parity(group, options.parityTolerance ?? 1e-3, findings);
    const nodes = callCurve(group);
    markShape(nodes, tolerance, findings);
    for (const optionType of ["call", "put"] as const) bidAskShape(group, optionType, findings);
    if (previous !== undefined) calendar(previous, nodes, tolerance, findings);
    previous = nodes;
  }
  return findings;
}

// ── marks ──────────────────────────────────────────────────────────────────────────────────────────────────────────

/** One strike on the curve of normalised call prices c(x), x = strike/forward. */
interface Node {
  readonly quote: OptionQuote;
  readonly x: number;
  readonly c: number;
}

function callCurve(group: readonly OptionQuote[]): readonly Node[] {
  const nodes: Node[] = [];
  for (const quote of group) {
    if (quote.mark === undefined) continue;
    const x = quote.strike / quote.forward;
    const call = quote.optionType === "call";
    const node: Node = { quote, x, c: quote.mark / quote.forward + (call ? 0 : 1 - x) };
    const last = nodes.at(-1);
    if (last === undefined || last.quote.strike !== quote.strike) nodes.push(node);
    else if (call === x >= 1) nodes[nodes.length - 1] = node;
  }
  return nodes.sort((p, q) => p.x - q.x);
}

function markShape(nodes: readonly Node[], tolerance: number, findings: ArbitrageFinding[]): void {
  const report = (kind: "vertical" | "butterfly", involved: readonly Node[], amount: number): void => {
    const last = involved.at(-1);
    if (last === undefined || !(amount > tolerance)) return;
    findings.push({
      kind,
      source: "marks",
      instruments: involved.map((node) => node.quote.instrument),
      expiriesMs: [last.quote.expiryMs],
      strikes: involved.map((node) => node.quote.strike),
      amount: amount * last.quote.forward,
      unit: "price",
    });
  };
  for (let i = 1; i < nodes.length; i++) {
    const low = nodes[i - 1];
    const high = nodes[i];
    if (low === undefined || high === undefined) continue;
    report("vertical", [low, high], Math.max(high.c - low.c, low.c - high.c - (high.x - low.x)));
    const beyond = nodes[i + 1];
    if (beyond === undefined || beyond.x <= low.x) continue;
    const share = (high.x - low.x) / (beyond.x - low.x);
    report("butterfly", [low, beyond, high], high.c - (low.c + share * (beyond.c - low.c)));
  }
}

function parity(group: readonly OptionQuote[], tolerance: number, findings: ArbitrageFinding[]): void {
  for (const [index, put] of group.entries()) {
    const call = group[index - 1];
    if (call === undefined || call.strike !== put.strike || call.optionType === put.optionType) continue;
    if (call.mark === undefined || put.mark === undefined) continue;
    const gap = call.mark / call.forward - put.mark / put.forward - (1 - put.strike / put.forward);
    const amount = Math.abs(gap);
    // c − p = 1 − K/F: a forward off by a share ε moves the right side by ε·K/F.
    const x = put.strike / put.forward;
    // The two forwards differ when the quotes were taken at different instants.
    const drift = Math.abs(put.forward / call.forward - 1);
    if (!(amount > Math.max(tolerance, drift) * Math.max(x, 0.1) + 2e-6)) continue;
    findings.push({
      kind: "parity",
      source: "marks",
      instruments: [call.instrument, put.instrument],
      expiriesMs: [put.expiryMs],
      strikes: [put.strike],
      amount: amount * put.forward,
      unit: "price",
    });
  }
}

function calendar(
  early: readonly Node[],
  late: readonly Node[],
  tolerance: number,
  findings: ArbitrageFinding[],
): void {
  const lateVariance = late.filter(hasVol).map((node) => ({ node, k: log(node.x), w: totalVariance(node) }));
  let i = 1;
  for (const node of early) {
    if (!hasVol(node)) continue;
    const k = log(node.x);
    while (i < lateVariance.length && (lateVariance[i]?.k ?? Infinity) < k) i++;
    const low = lateVariance[i - 1];
    const high = lateVariance[i];
    if (low === undefined || high === undefined || k < low.k || high.k <= low.k) continue;
    const w = low.w + ((k - low.k) / (high.k - low.k)) * (high.w - low.w);
    const earlier = totalVariance(node);
    if (earlier <= w) continue;
    const value = (variance: number): number =>
      black76Price({
        optionType: k >= 0 ? "call" : "put",
        forward: 1,
        strike: node.x,
        expiryYears: 1,
        vol: Math.sqrt(variance),
      });
    const amount = value(earlier) - value(w);
    if (!(amount > tolerance)) continue;
    findings.push({
      kind: "calendar",
      source: "marks",
      instruments: [node.quote.instrument, low.node.quote.instrument, high.node.quote.instrument],
      expiriesMs: [node.quote.expiryMs, low.node.quote.expiryMs],
      strikes: [node.quote.strike, low.node.quote.strike, high.node.quote.strike],
      amount: amount * low.node.quote.forward,
      unit: "price",
    });
  }
}

const hasVol = (node: Node): boolean => (node.quote.impliedVol ?? 0) > 0 && node.x > 0;

const totalVariance = ({ quote }: Node): number =>
  (quote.impliedVol ?? 0) * (quote.impliedVol ?? 0) * yearsToExpiry(quote.expiryMs, quote.timeMs);

// ── bids and asks ──────────────────────────────────────────────────────────────────────────────────────────────────

function crossedQuotes(group: readonly OptionQuote[], findings: ArbitrageFinding[]): void {
  for (const { instrument, expiryMs, strike, bid, ask } of group) {
    if (bid === undefined || ask === undefined || bid <= ask) continue;
    findings.push({
      kind: "crossed",
      source: "bid-ask",
      instruments: [instrument],
      expiriesMs: [expiryMs],
      strikes: [strike],
      amount: bid - ask,
      unit: "price",
    });
  }
}

/** Spreads and butterflies that pay when bought at the ask and sold at the bid. */
function bidAskShape(
  group: readonly OptionQuote[],
  optionType: "call" | "put",
  findings: ArbitrageFinding[],
): void {
  const row = group.filter((quote) => quote.optionType === optionType);
  const report = (kind: "vertical" | "butterfly", involved: readonly OptionQuote[], amount: number): void => {
    const last = involved.at(-1);
    if (last === undefined || !(amount > 1e-9 * last.forward)) return;
    findings.push({
      kind,
      source: "bid-ask",
      instruments: involved.map((quote) => quote.instrument),
      expiriesMs: [last.expiryMs],
      strikes: involved.map((quote) => quote.strike),
      amount,
      unit: "price",
    });
  };
  for (let i = 1; i < row.length; i++) {
    const low = row[i - 1];
    const high = row[i];
    if (low === undefined || high === undefined) continue;
    const [better, worse] = optionType === "call" ? [low, high] : [high, low];
    if (worse.bid !== undefined && better.ask !== undefined) {
      report("vertical", [better, worse], worse.bid - better.ask);
    }
    if (better.bid !== undefined && worse.ask !== undefined) {
      report("vertical", [worse, better], better.bid - worse.ask - (high.strike - low.strike));
    }
    const beyond = row[i + 1];
    if (beyond?.ask === undefined || low.ask === undefined || high.bid === undefined) continue;
    const share = (high.strike - low.strike) / (beyond.strike - low.strike);
    report("butterfly", [low, beyond, high], high.bid - (low.ask + share * (beyond.ask - low.ask)));
  }
}

// ── slices ─────────────────────────────────────────────────────────────────────────────────────────────────────────

/**
 * Arbitrage in fitted slices: negative densities and wings beyond Lee's bound, and neighbours of which the later has
 * less total variance, looked for across both quoted ranges and in the wings. A surface removes the latter
 * (see `sviSurface`); the finding says where it had to.
 */
export function sliceArbitrage(slices: readonly SviSlice[]): readonly ArbitrageFinding[] {
  const findings: ArbitrageFinding[] = [];
  for (const [index, slice] of slices.entries()) {
    const butterfly = sviButterflyViolation(slice.parameters);
    if (butterfly !== undefined) {
      findings.push({
        kind: butterfly.kind,
        source: "slices",
        instruments: [],
        expiriesMs: [slice.expiryMs],
        strikes: [],
        amount: -butterfly.amount,
        unit: butterfly.kind === "wing" ? "slope" : "density",
        logMoneyness: butterfly.logMoneyness,
      });
    }
    const next = slices[index + 1];
    const crossing = next === undefined ? undefined : calendarCrossing(slice, next);
    if (next !== undefined && crossing !== undefined) {
      findings.push({
        kind: "calendar",
        source: "slices",
        instruments: [],
        expiriesMs: [slice.expiryMs, next.expiryMs],
        strikes: [],
        amount: crossing.amount,
        unit: crossing.unit,
        logMoneyness: crossing.logMoneyness,
      });
    }
  }
  return findings;
}

interface Crossing {
  readonly logMoneyness: number;
  readonly amount: number;
  readonly unit: "total-variance" | "slope";
}

/** The worst crossing within the range that either slice was quoted over; failing that, the steeper wing. */
function calendarCrossing(early: SviSlice, late: SviSlice): Crossing | undefined {
  const low = Math.min(early.minLogMoneyness, late.minLogMoneyness);
  const high = Math.max(early.maxLogMoneyness, late.maxLogMoneyness);
  let worst: Crossing | undefined;
  const steps = 200;
  for (let i = 0; i <= steps; i++) {
    const k = low + ((high - low) * i) / steps;
    const amount = sviTotalVariance(early.parameters, k) - sviTotalVariance(late.parameters, k);
    if (amount > Math.max(1e-12, worst?.amount ?? 0)) {
      worst = { logMoneyness: k, amount, unit: "total-variance" };
    }
  }
  if (worst !== undefined) return worst;
  const earlySlopes = sviWingSlopes(early.parameters);
  const lateSlopes = sviWingSlopes(late.parameters);
  const left = earlySlopes.left - lateSlopes.left;
  const right = earlySlopes.right - lateSlopes.right;
  const amount = Math.max(left, right);
  if (!(amount > 1e-12)) return undefined;
  return { logMoneyness: left >= right ? low : high, amount, unit: "slope" };
}

/**
 * The largest butterfly in a surface's call prices at one instant, a share of the forward: how far a price lies above the
 * line between its neighbours on 160 steps of log-moneyness. Between expiries a surface interpolates total variance,
 * which does not rule butterflies out; 0 when there is none.
 */
export function surfaceButterfly(
  surface: SviSurface,
  expiryMs: number,
  range: { readonly minLogMoneyness: number; readonly maxLogMoneyness: number },
): number {
  const { minLogMoneyness: low, maxLogMoneyness: high } = range;
  const steps = 160;
  const nodes = Array.from({ length: steps + 1 }, (_, i) => {
    const k = low + ((high - low) * i) / steps;
    const x = exp(k);
    return { x, c: undiscountedPrice(true, 1, x, Math.sqrt(surface.totalVarianceAt(expiryMs, k).value)) };
  });
  let worst = 0;
  for (let i = 1; i < steps; i++) {
    const near = nodes[i - 1];
    const here = nodes[i];
    const far = nodes[i + 1];
    if (near === undefined || here === undefined || far === undefined || far.x <= near.x) continue;
    const share = (here.x - near.x) / (far.x - near.x);
    worst = Math.max(worst, here.c - (near.c + share * (far.c - near.c)));
  }
  return worst;
}

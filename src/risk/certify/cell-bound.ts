import { exp, log1p } from "../../numerics/exp-log.ts";
import { millsRatio } from "../../numerics/mills.ts";
import { density0, derivativeRanges, emptyRanges, widening } from "./derivative-ranges.ts";
import { type Legs, priceAt } from "./legs.ts";
import { type Quadratic, quadraticMaximum, type QuadraticMaximum } from "./quadratic-maximum.ts";

// What a book loses on a cell is bounded by one quadratic in the cell's own coordinates u (spot) and v (volatility), both from −1
// to 1: the sum over the options of a bound on each, from above on what is sold, from below on what is bought. Because the
// quadratics are added before they are maximised, hedges net in value, delta, vega, gamma, vanna and volga alike.
//
// Second order, by Taylor's theorem about the centre: B(c) + B_u u + B_v v + ½(B_uu u² + 2 B_uv u v + B_vv v²) with the second
// derivatives taken somewhere between, hence within their ranges over the cell. Square terms take the range's end; the mixed
// one its middle, plus its radius times |u v| ≤ ½(u² + v²). With F the forward, t = σ√T, x = ln F/K, d1 = x/t + t/2, d2 = d1 − t:
//   B_FF = φ(d1)/(F t)      B_Ft = −φ(d1)·d2/t      B_tt = F·φ(d1)·d1·d2/t
//
// First order, where that is loose (an option about to expire at its strike): B is convex in F and increasing in t, so it is below
// its chord at the largest t and above its tangent at the smallest.

/** Relative error allowed to the kernel's prices and to sums of them: 10 times what docs/accuracy.md promises. */
const priceError = 1e-11;
/** Relative error of second derivatives and of maximising. */
const termError = 1e-12;
/** Total volatility below which second derivatives, though finite, are not worked out. */
const leastVol = 1e-100;
/** Total volatility below which the rounding of ln(forward ÷ strike) spoils delta. */
const leastTouch = 1e-6;

/** A rectangle of spot moves and volatility positions, within one piece of the volatility axis. */
export interface Cell {
  spotDown: number;
  spotUp: number;
  volDown: number;
  volUp: number;
  /** The two nodes that it lies between are this one and the next. */
  piece: number;
}

/** What {@link boundCell} found. */
export interface CellBound {
  /** No point of the cell loses more, USD. */
  upperUsd: number;
  /** Loss at its centre, USD. */
  centreUsd: number;
  /** Where the quadratic is largest. */
  peakSpot: number;
  peakVol: number;
  /** What rounding may have added to the bound, USD: it can't get closer than that. */
  roundingUsd: number;
  /** What halving spot, or volatility, would take away: the wider side of the uncertainty. */
  spotSlackUsd: number;
  volSlackUsd: number;
}

export const emptyBound = (): CellBound => ({
  upperUsd: Infinity,
  centreUsd: 0,
  peakSpot: 0,
  peakVol: 0,
  roundingUsd: 0,
  spotSlackUsd: 0,
  volSlackUsd: 0,
});

/** Bounds losses on cells of one problem. Keeps its scratch numbers, so it makes no garbage. */
export function cellBounder(legs: Legs): (cell: Cell, into: CellBound) => void {
  const { count, volNodes } = legs;
  const nodes = volNodes.length;
  const q: Quadratic = { constant: 0, uSlope: 0, vSlope: 0, uu: 0, uv: 0, vv: 0 };
  const peak: QuadraticMaximum = { value: 0, u: 0, v: 0 };
  const ranges = emptyRanges();

  return (cell, into) => {
    const { spotDown, spotUp, volDown, volUp, piece } = cell;
    const spot = spotDown + 0.5 * (spotUp - spotDown);
    const vol = volDown + 0.5 * (volUp - volDown);
    const halfSpot = Math.max(spotUp - spot, spot - spotDown);
    const halfVol = Math.max(volUp - vol, vol - volDown);
    const nodeFrom = volNodes[piece] ?? 0;
    const nodeWidth = (volNodes[piece + 1] ?? nodeFrom) - nodeFrom;
    const perNode = nodeWidth > 0 ? 1 / nodeWidth : 0;
    const volShare = (vol - nodeFrom) * perNode;
    const halfShare = halfVol * perNode;
    const shift = log1p(spot);
    const shiftDown = log1p(spot - halfSpot);
    const shiftUp = log1p(spot + halfSpot);

    let constant = legs.valueNowUsd - legs.linearUsd * spot;
    let centreUsd = constant;
    let uSlope = -legs.linearUsd * halfSpot;
    let vSlope = 0;
    let uu = 0;
    let uv = 0;
    let vv = 0;
    let spotSlackUsd = 0;
    let volSlackUsd = 0;
    let termsUsd = Math.abs(uSlope);

    for (let i = 0; i < count; i++) {
      const weight = legs.weightUsd[i] ?? 0;
      const isCall = legs.isCall[i] === 1;
      const forwardNow = legs.forward[i] ?? 0;
      const strike = legs.strike[i] ?? 0;
      const x0 = legs.logMoneyness[i] ?? 0;
      const low = legs.totalVols[i * nodes + piece] ?? 0;
      const rise = perNode === 0 ? 0 : (legs.totalVols[i * nodes + piece + 1] ?? low) - low;
      // The loss is −weight × price: of what is bought the price's lower bound counts, of what is sold its upper.
      const size = Math.abs(weight);
      const sold = weight < 0;

      const t = Math.max(0, low + volShare * rise);
      const halfT = halfShare * rise;
      const spread = Math.abs(halfT) + 4e-16 * (t + low + Math.abs(rise));
      const tLow = Math.max(0, t - spread);
      const tHigh = t + spread;
      const forward = forwardNow * (1 + spot);
      const halfForward = forwardNow * halfSpot;
      const x = x0 + shift;
      const blur = 1e-15 * (1 + Math.abs(x0)) + 4e-16 * (Math.abs(shiftDown) + Math.abs(shiftUp));
      const xLow = x0 + shiftDown - blur;
      const xHigh = x0 + shiftUp + blur;

      const price = priceAt(isCall, forward, strike, x, t);
      constant -= weight * price;
      centreUsd -= weight * price;

      let densityHigh = density0;
      let gammaLow = 0;
      let gammaHigh = Infinity;
      let mixedMiddle = 0;
      let mixedRadius = Infinity;
      let volgaLow = -Infinity;
      let volgaHigh = Infinity;
      if (tLow > leastVol) {
        derivativeRanges(xLow, xHigh, tLow, tHigh, ranges);
        densityHigh = ranges.densityHigh;
        const fLow = forward - halfForward;
        const fHigh = forward + halfForward;
        const spotUnit = halfForward * halfForward;
        gammaLow = ((spotUnit * ranges.densityLow) / (fHigh * tHigh)) * (1 - widening);
        gammaHigh = ((spotUnit * densityHigh) / (fLow * tLow)) * (1 + widening);
        const mixedUnit = halfForward * halfT;
        mixedMiddle = -0.5 * mixedUnit * (ranges.mixedLow + ranges.mixedHigh);
        mixedRadius =
          0.5 * Math.abs(mixedUnit) * (ranges.mixedHigh - ranges.mixedLow) + widening * Math.abs(mixedMiddle);
        const scaleLow = (halfT * halfT * ranges.densityLow * fLow) / tHigh;
        const scaleHigh = (halfT * halfT * densityHigh * fHigh) / tLow;
        volgaLow = (ranges.productLow < 0 ? scaleHigh : scaleLow) * ranges.productLow;
        volgaHigh = (ranges.productHigh > 0 ? scaleHigh : scaleLow) * ranges.productHigh;
        volgaLow -= widening * Math.abs(volgaLow);
        volgaHigh += widening * Math.abs(volgaHigh);
      }

      const spotWidth = gammaHigh - gammaLow + mixedRadius;
      const volWidth = volgaHigh - volgaLow + mixedRadius;
      // First order: twice the largest vega step, and at most half the payoff's kink.
      const vegaStep = 2 * spread * (forward + halfForward) * densityHigh;
      const kink = Math.min(gammaHigh, halfForward);
      if (spotWidth + volWidth <= kink + vegaStep + 1e-300) {
        const density = t > 0 ? densityAt(x / t + 0.5 * t) : 0;
        const delta = deltaAt(isCall, x, t, density);
        uSlope -= weight * delta * halfForward;
        vSlope -= weight * forward * density * halfT;
        termsUsd += size * forward * density * spread;
        if (sold) {
          uu += size * (gammaHigh + mixedRadius);
          vv += size * (volgaHigh + mixedRadius);
        } else {
          uu -= size * (gammaLow - mixedRadius);
          vv -= size * (volgaLow - mixedRadius);
        }
        uv -= weight * mixedMiddle;
        spotSlackUsd += size * spotWidth;
        volSlackUsd += size * volWidth;
        termsUsd +=
          size * (gammaHigh + Math.abs(mixedMiddle) + mixedRadius + Math.abs(volgaLow) + Math.abs(volgaHigh));
      } else if (sold) {
        const downPrice = priceAt(isCall, forwardNow * (1 + spot - halfSpot), strike, x0 + shiftDown, tHigh);
        const upPrice = priceAt(isCall, forwardNow * (1 + spot + halfSpot), strike, x0 + shiftUp, tHigh);
        constant += size * (0.5 * (downPrice + upPrice) - price);
        uSlope += size * 0.5 * (upPrice - downPrice);
        spotSlackUsd += size * kink;
        volSlackUsd += size * vegaStep;
      } else {
        // Below the smallest volatility that has a well-defined slope, the payoff: it is less still.
        const tTouch = tLow < leastTouch ? 0 : tLow;
        const lowPrice = priceAt(isCall, forward, strike, x, tTouch);
        const density = tTouch > 0 ? densityAt(x / tTouch + 0.5 * tTouch) : 0;
        constant -= size * (lowPrice - price);
        uSlope -= size * deltaAt(isCall, x, tTouch, density) * halfForward;
        spotSlackUsd += size * kink;
        volSlackUsd += size * vegaStep;
      }
    }

    q.constant = constant;
    q.uSlope = uSlope;
    q.vSlope = vSlope;
    q.uu = uu;
    q.uv = uv;
    q.vv = vv;
    quadraticMaximum(q, peak);
    const rounding = priceError * legs.grossUsd * (1 + Math.max(0, spotUp)) + termError * termsUsd;
    into.upperUsd = peak.value + rounding;
    into.roundingUsd = rounding;
    into.centreUsd = centreUsd;
    into.peakSpot = Math.max(spotDown, Math.min(spotUp, spot + peak.u * halfSpot));
    into.peakVol = Math.max(volDown, Math.min(volUp, vol + peak.v * halfVol));
    into.spotSlackUsd = spotSlackUsd;
    into.volSlackUsd = volSlackUsd;
  };
}

const densityAt = (d1: number): number => density0 * exp(-0.5 * d1 * d1);

/** ∂price/∂forward; at expiry some slope that touches the payoff from below. */
function deltaAt(isCall: boolean, x: number, t: number, density: number): number {
  if (t === 0) return isCall ? (x > 0 ? 1 : 0) : x > 0 ? 0 : -1;
  const d1 = x / t + 0.5 * t;
  const tail = density === 0 ? 0 : density * millsRatio(Math.abs(d1));
  if (isCall) return d1 > 0 ? 1 - tail : tail;
  return d1 > 0 ? -tail : tail - 1;
}

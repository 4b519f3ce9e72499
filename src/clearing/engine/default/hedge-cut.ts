import { type Machine } from "../machine.ts";
import { deltasOf } from "./deltas.ts";
import { type Slice } from "./takeover.ts";

/** Of the delta that a slice takes: how much of it the rounding to whole lots may shift. */
const mostShift = 0.1;

/**
 * Would a slice take more of one leg of a hedge than of the other? Positions are taken in whole lots, so a small share would take all of a
 * leg that has few, and leave the account with the other leg alone.
 */
export function cutsHedge(m: Machine, account: number, slice: Slice, sharePpm: number): boolean {
  if (sharePpm === 1_000_000) return false;
  const { positions, markets } = m;
  const { ofLot } = deltasOf(m, account);
  const share = sharePpm / 1_000_000;
  const taken = new Map(slice.positions.map(({ instrument, lots }) => [instrument, lots]));
  /** By underlying: delta beyond the share, all that is taken, and what is held long and short. */
  const sums = new Map<number, { shift: number; gross: number; long: number; short: number }>();
  const first = positions.first(account);
  for (let slot = first; slot < first + positions.count(account); slot++) {
    const instrument = positions.instruments[slot]!;
    const lots = positions.lots[slot]!;
    const delta = ofLot.get(instrument) ?? 0;
    const { underlying } = m.terms(instrument);
    const sum = sums.get(underlying) ?? { shift: 0, gross: 0, long: 0, short: 0 };
    sums.set(underlying, sum);
    const cut = taken.get(instrument) ?? 0;
    sum.shift += (cut - share * lots) * delta;
    sum.gross += Math.abs(cut * delta);
    if (lots * delta > 0) sum.long += lots * delta;
    else sum.short -= lots * delta;
  }
  const dustMicros = markets.liquidation.get("minimumSliceMicros");
  for (const [underlying, { shift, gross, long, short }] of sums) {
    if (long === 0 || short === 0) continue;
    const shifted = Math.abs(shift);
    if (shifted * markets.indexMicros(underlying) > dustMicros && shifted > mostShift * gross) return true;
  }
  return false;
}

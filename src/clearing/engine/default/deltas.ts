import { undiscountedPrice } from "../../../pricing/black76.ts";
import { type Machine } from "../machine.ts";

const yearMs = 31_536_000_000;
/** Half the relative width of the difference that an option's delta is taken from. */
const bump = 0.005;

/** Underlying that one lot of an instrument moves with, in its own units: signed for a long position. 0 while nothing is priced. */
function deltaOfLot(m: Machine, instrument: number): number {
  const { markets, state } = m;
  const terms = m.terms(instrument);
  if (terms.isInverse) {
    const mark = markets.markMicros(instrument);
    return mark > 0 ? terms.lotUsdMicros / mark : 0;
  }
  const size = terms.lotNanos / 1e9;
  if (!terms.isOption) return size;
  const { columns } = markets.instruments;
  const forward = markets.forwardMicros(instrument);
  const vol = markets.impliedVol(instrument);
  const isCall = columns.optionSign[instrument] === 1;
  if (!(forward > 0) || !(vol > 0)) return size * (isCall ? 0.5 : -0.5);
  const strike = columns.strikeMicros[instrument]!;
  const years = Math.max(0, columns.expiryMs[instrument]! - state.timeMs) / yearMs;
  const totalVol = vol * Math.sqrt(years);
  const up = undiscountedPrice(isCall, forward * (1 + bump), strike, totalVol);
  const down = undiscountedPrice(isCall, forward * (1 - bump), strike, totalVol);
  return (size * (up - down)) / (2 * bump * forward);
}

/** What an account is exposed to: delta by instrument and, summed, by underlying, in units of the underlying. */
export interface Deltas {
  readonly ofLot: ReadonlyMap<number, number>;
  readonly net: ReadonlyMap<number, number>;
}

/** Deltas of an account's positions. Collateral in the underlying itself counts: staked ether hedges short ether. */
export function deltasOf(m: Machine, account: number): Deltas {
  const { positions, markets, ledger } = m;
  const ofLot = new Map<number, number>();
  const net = new Map<number, number>();
  const add = (underlying: number, delta: number): void => {
    net.set(underlying, (net.get(underlying) ?? 0) + delta);
  };
  const first = positions.first(account);
  for (let slot = first; slot < first + positions.count(account); slot++) {
    const instrument = positions.instruments[slot]!;
    const delta = deltaOfLot(m, instrument);
    ofLot.set(instrument, delta);
    add(m.terms(instrument).underlying, delta * positions.lots[slot]!);
  }
  for (let asset = 0; asset < ledger.assetCount; asset++) {
    const underlying = markets.assets.columns.underlying[asset]!;
    const units = ledger.balance(account, asset);
    if (underlying < 0 || units === 0) continue;
    const index = markets.indexMicros(underlying);
    const price = markets.assetPriceMicros(asset);
    if (index > 0) add(underlying, ((units / markets.assets.columns.unitsPerOne[asset]!) * price) / index);
  }
  return { ofLot, net };
}

import { type Instrument, type Market, type Quote, type UnderlyingState } from "../../market/index.ts";

/**
 * `next` with the objects of `before` wherever they say the same. The risk model keeps what it made for an object it has seen, so only
 * what changed is computed again. Decides nothing but time.
 */
export function shareUnchanged(before: Market | undefined, next: Market): Market {
  if (!before) return next;
  return {
    ...next,
    underlyings: shared(before.underlyings, next.underlyings, sameUnderlying),
    instruments: shared(before.instruments, next.instruments, sameInstrument),
    quotes: shared(before.quotes, next.quotes, sameQuote),
  };
}

function shared<T>(
  before: ReadonlyMap<string, T>,
  next: ReadonlyMap<string, T>,
  same: (a: T, b: T) => boolean,
): ReadonlyMap<string, T> {
  const result = new Map<string, T>();
  for (const [key, value] of next) {
    const known = before.get(key);
    result.set(key, known !== undefined && same(known, value) ? known : value);
  }
  return result;
}

const sameQuote = (a: Quote, b: Quote): boolean =>
  a.mark === b.mark &&
  a.confidence === b.confidence &&
  a.impliedVol === b.impliedVol &&
  a.forward === b.forward &&
  a.bid === b.bid &&
  a.ask === b.ask &&
  a.timeMs === b.timeMs;

const expiryOf = (instrument: Instrument): number => ("expiryMs" in instrument ? instrument.expiryMs : 0);

const sameInstrument = (a: Instrument, b: Instrument): boolean =>
  a.kind === b.kind &&
  a.underlying === b.underlying &&
  a.quoteAsset === b.quoteAsset &&
  a.settlement === b.settlement &&
  a.contractSize === b.contractSize &&
  expiryOf(a) === expiryOf(b) &&
  (a.kind !== "option" || b.kind !== "option" || (a.strike === b.strike && a.optionType === b.optionType));

/** What the state is made from; its curve and surface are functions of that. */
const sameUnderlying = (a: UnderlyingState, b: UnderlyingState): boolean =>
  JSON.stringify(a) === JSON.stringify(b);

import { type Instrument, type Market, type Option, type Perpetual } from "../../market/index.ts";
import { contractGreeks } from "../../risk/index.ts";

/** An option of a chain and how it moves. */
export interface ListedOption {
  readonly option: Option;
  /** Change of its USD value per USD of spot, per contract. Negative for puts. */
  readonly delta: number;
}

type OptionType = "call" | "put";

const dayMs = 86_400_000;

/** What one market lists on one underlying, looked up as traders name contracts: by days to expiry and by delta. */
export class OptionChainView {
  readonly market: Market;
  readonly underlying: string;
  readonly indexUsd: number;
  /** Ascending by expiry, then strike, calls before puts. Inverse where the market has any, else linear. */
  readonly options: readonly ListedOption[];
  readonly perpetual: Perpetual | undefined;
  readonly #expiriesMs: readonly number[];

  constructor(market: Market, underlying: string) {
    this.market = market;
    this.underlying = underlying;
    this.indexUsd = market.underlyings.get(underlying)?.indexUsd ?? 0;
    const own = [...market.instruments.values()].filter(
      ({ id, underlying: of }) => of === underlying && market.quotes.has(id),
    );
    const all = own.filter((instrument) => instrument.kind === "option");
    const inverse = all.filter(({ settlement }) => settlement === "inverse");
    this.options = (inverse.length > 0 ? inverse : all)
      .toSorted(
        (a, b) =>
          a.expiryMs - b.expiryMs || a.strike - b.strike || Number(a.optionType > b.optionType) * 2 - 1,
      )
      .map((option) => ({ option, delta: contractGreeks(option, market).deltaUnits }));
    this.#expiriesMs = [...new Set(this.options.map(({ option }) => option.expiryMs))];
    const perpetuals = own.filter((instrument) => instrument.kind === "perpetual");
    this.perpetual = perpetuals.find(({ settlement }) => settlement === "inverse") ?? perpetuals[0];
  }

  /** The listed expiry nearest to a number of days, the earlier of two as near. */
  expiry(days: number): number | undefined {
    return nearest(this.#expiriesMs, (expiryMs) => Math.abs((expiryMs - this.market.asOfMs) / dayMs - days));
  }

  /** The option whose delta is nearest, at the expiry nearest to `days`. `delta` as traders say it, 0.25 for a put of −0.25. */
  byDelta(optionType: OptionType, days: number, delta: number): ListedOption | undefined {
    return nearest(this.#at(optionType, this.expiry(days)), (listed) =>
      Math.abs(Math.abs(listed.delta) - delta),
    );
  }

  /** The option whose strike is nearest to a price, at the expiry nearest to `days`. */
  byStrike(optionType: OptionType, days: number, strike: number): ListedOption | undefined {
    return nearest(this.#at(optionType, this.expiry(days)), ({ option }) => Math.abs(option.strike - strike));
  }

  /** Forward of the expiry nearest to `days`. */
  forward(days: number): number {
    const expiryMs = this.expiry(days);
    const curve = this.market.underlyings.get(this.underlying)?.forwards;
    return expiryMs === undefined || curve === undefined ? this.indexUsd : curve.forwardAt(expiryMs).value;
  }

  /** Change of USD value per USD of spot, per contract. */
  deltaOf(instrument: Instrument): number {
    return contractGreeks(instrument, this.market).deltaUnits;
  }

  #at(optionType: OptionType, expiryMs: number | undefined): readonly ListedOption[] {
    return this.options.filter(
      ({ option }) => option.expiryMs === expiryMs && option.optionType === optionType,
    );
  }
}

function nearest<T>(list: readonly T[], distanceOf: (item: T) => number): T | undefined {
  let found: T | undefined;
  let least = Infinity;
  for (const item of list) {
    const distance = distanceOf(item);
    if (distance < least) [found, least] = [item, distance];
  }
  return found;
}

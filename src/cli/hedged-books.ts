import {
  type Instrument,
  type Market,
  type Option,
  type Portfolio,
  type Position,
  yearsToExpiry,
} from "../market/index.ts";
import { type Decimal, decimalToNumber, parseDecimal, PlimsollError } from "../quantity/index.ts";
import { bookGreeks, markOf } from "../risk/index.ts";

/** Cash that each standard book holds beside its positions: enough to be far from liquidation under any model. */
const cashUsd = "1000000";

interface Leg {
  readonly instrument: Instrument;
  /** Contracts, signed. */
  readonly size: number;
}

/** Sizes as an exchange would take them: six decimals. */
const sized = (size: number): Decimal => parseDecimal(size.toFixed(6));

function bookOf(
  name: string,
  market: Market,
  legs: readonly Leg[],
  balances: Record<string, number> = {},
): Portfolio {
  const positions = legs.map(({ instrument, size }): Position => {
    const entry =
      instrument.kind === "perpetual" || instrument.kind === "future"
        ? { entryPrice: markOf(market, instrument) }
        : {};
    return { instrument: instrument.id, size: sized(size), ...entry };
  });
  const held = Object.entries(balances).map(([asset, amount]) => ({ asset, amount: sized(amount) }));
  return {
    name,
    balances: [{ asset: "USD", amount: parseDecimal(cashUsd) }, ...held],
    positions,
    orders: [],
  };
}

/** Contracts of a delta-one instrument that move like one unit of underlying. */
function contractsPerUnit(instrument: Instrument, market: Market): number {
  const one = bookOf("one", market, [{ instrument, size: 1 }]);
  const delta = bookGreeks({ ...one, balances: [] }, market)
    .find(({ underlying }) => underlying === instrument.underlying)
    ?.items.find(({ item }) => item === instrument.id)?.deltaUnits;
  return delta !== undefined && delta > 0 ? 1 / delta : 0;
}

class Chain {
  readonly market: Market;
  readonly underlying: string;
  readonly index: number;

  constructor(market: Market, underlying: string) {
    this.market = market;
    this.underlying = underlying;
    this.index = market.underlyings.get(underlying)?.indexUsd ?? 0;
  }

  private list<K extends Instrument["kind"]>(kind: K): Extract<Instrument, { kind: K }>[] {
    return [...this.market.instruments.values()].filter(
      (instrument): instrument is Extract<Instrument, { kind: K }> =>
        instrument.kind === kind &&
        instrument.underlying === this.underlying &&
        this.market.quotes.has(instrument.id),
    );
  }

  perpetual(): Instrument | undefined {
    return this.list("perpetual").sort((a, b) =>
      a.settlement === b.settlement ? 0 : a.settlement === "inverse" ? -1 : 1,
    )[0];
  }

  future(days: number): Instrument | undefined {
    const distance = (expiryMs: number): number =>
      Math.abs(yearsToExpiry(expiryMs, this.market.asOfMs) * 365 - days);
    return this.list("future").sort((a, b) => distance(a.expiryMs) - distance(b.expiryMs))[0];
  }

  /** The option nearest to a time to expiry, then to a strike (share of the index). */
  option(optionType: "call" | "put", days: number, strikeShare: number): Option | undefined {
    const distance = (option: Option): number =>
      Math.abs(yearsToExpiry(option.expiryMs, this.market.asOfMs) * 365 - days);
    const options = this.list("option").filter(
      (option) => option.optionType === optionType && option.settlement === "inverse",
    );
    const all =
      options.length > 0 ? options : this.list("option").filter((option) => option.optionType === optionType);
    const nearest = Math.min(...all.map(distance));
    return all
      .filter((option) => distance(option) === nearest)
      .sort(
        (a, b) =>
          Math.abs(a.strike / this.index - strikeShare) - Math.abs(b.strike / this.index - strikeShare),
      )[0];
  }
}

/**
 * The hedged books that market makers and treasurers really hold, built from the contracts that a market lists nearest to round
 * strikes and tenors, one unit of underlying each: delta-neutral perpetual against coin and against a future, call
 * spread, calendar, box, covered call, risk reversal with its delta hedged, a pair of underlyings with equal dollars, a short
 * straddle with its delta hedged, and a bare perpetual for scale. A book whose contracts the market does not list is left out.
 *
 * @throws {PlimsollError} `PLM_UNKNOWN` when the market has no such underlying.
 */
export function hedgedBooks(
  market: Market,
  underlying: string,
  other: string | undefined,
): readonly Portfolio[] {
  if (!market.underlyings.has(underlying)) {
    throw new PlimsollError("PLM_UNKNOWN", {
      field: "--underlying",
      value: underlying,
      limit: `one of ${[...market.underlyings.keys()].join(", ")}`,
      remedy: "Choose an underlying of the market.",
    });
  }
  const chain = new Chain(market, underlying);
  const unit = (instrument: Instrument): number => contractsPerUnit(instrument, market);
  const perpetual = chain.perpetual();
  const future = chain.future(90);
  const books: Portfolio[] = [];
  const add = (
    name: string,
    legs: readonly ([Instrument | undefined, number] | undefined)[],
    balances: Record<string, number> = {},
  ): void => {
    const known = legs.map((leg) => (leg?.[0] ? { instrument: leg[0], size: leg[1] } : undefined));
    if (known.every((leg) => leg !== undefined)) books.push(bookOf(name, market, known, balances));
  };
  const [perpetualUnit, futureUnit] = [perpetual ? unit(perpetual) : 0, future ? unit(future) : 0];
  const atm = (days: number): [Option | undefined, Option | undefined] => [
    chain.option("call", days, 1),
    chain.option("put", days, 1),
  ];
  const deltaOf = (legs: readonly Leg[]): number =>
    bookGreeks({ ...bookOf("", market, legs), balances: [] }, market).find(
      ({ underlying: u }) => u === underlying,
    )?.total.deltaUnits ?? 0;
  const hedge = (legs: readonly [Option | undefined, number][]): [Instrument | undefined, number] => {
    const known = legs.flatMap(([instrument, size]) => (instrument ? [{ instrument, size }] : []));
    return [perpetual, -deltaOf(known) * perpetualUnit];
  };

  add("bare long perpetual", [[perpetual, perpetualUnit]]);
  add("coin against short perpetual", [[perpetual, -perpetualUnit]], { [underlying]: 1 });
  add("future against perpetual", [
    [future, futureUnit],
    [perpetual, -perpetualUnit],
  ]);
  add("call spread, short 100 long 110 %, 30 d", [
    [chain.option("call", 30, 1), -1],
    [chain.option("call", 30, 1.1), 1],
  ]);
  add("calendar, short 30 d long 90 d call", [
    [chain.option("call", 30, 1), -1],
    [chain.option("call", 90, 1), 1],
  ]);
  add("short box 90–110 %, 30 d", [
    [chain.option("call", 30, 0.9), -1],
    [chain.option("call", 30, 1.1), 1],
    [chain.option("put", 30, 0.9), 1],
    [chain.option("put", 30, 1.1), -1],
  ]);
  add("covered call, coin and short 110 % call", [[chain.option("call", 30, 1.1), -1]], { [underlying]: 1 });
  const reversal: [Option | undefined, number][] = [
    [chain.option("call", 30, 1.1), 1],
    [chain.option("put", 30, 0.9), -1],
  ];
  add("risk reversal, delta hedged", [...reversal, hedge(reversal)]);
  const [call, put] = atm(30);
  const straddle: [Option | undefined, number][] = [
    [call, -1],
    [put, -1],
  ];
  add("short straddle, delta hedged", [...straddle, hedge(straddle)]);
  if (other !== undefined && market.underlyings.has(other)) {
    const second = new Chain(market, other);
    const partner = second.perpetual();
    const units = chain.index / second.index;
    add(`${underlying} against ${other}, equal dollars`, [
      [perpetual, perpetualUnit],
      [partner, partner ? -units * contractsPerUnit(partner, market) : 0],
    ]);
  }
  return books.filter(({ positions }) => positions.every(({ size }) => decimalToNumber(size) !== 0));
}

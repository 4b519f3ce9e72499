import { type Market, type Option, type Portfolio } from "../../market/index.ts";
import { parseDecimal } from "../../quantity/index.ts";
import { type ListedOption, OptionChainView } from "./option-chain-view.ts";

/** A book that is held unchanged through a crash. */
export interface CrashBook {
  readonly name: string;
  readonly portfolio: Portfolio;
  /** Gross, of all contracts and coins, USD at the start. */
  readonly notionalUsd: number;
  /** Its value moves as far as prices do: no options in it. */
  readonly isLinear: boolean;
}

/** Cash beside every book, USD: enough that equity never matters. */
const cashUsd = 1_000_000;
/** Of each coin that a book holds, USD. */
const unitUsd = 100_000;

interface Leg {
  readonly instrument?: string;
  readonly asset?: string;
  /** Coins. */
  readonly units: number;
}

type Template = readonly [name: string, isLinear: boolean, legs: (chain: OptionChainView) => readonly Leg[]];

const perpetual = (chain: OptionChainView, units: number): Leg => {
  const instrument = chain.perpetual;
  const each = instrument ? chain.deltaOf(instrument) : 0;
  return { ...(instrument && { instrument: instrument.id }), units: each > 0 ? units / each : Number.NaN };
};
const option = (listed: ListedOption | undefined, units: number): Leg => ({
  ...(listed && { instrument: listed.option.id }),
  units,
});
const straddle = (chain: OptionChainView, days: number, units: number): readonly Leg[] =>
  (["call", "put"] as const).map((type) => option(chain.byStrike(type, days, chain.forward(days)), units));

/** Kinds of book on one coin: linear, of one sign of gamma and of both, across expiries, with collateral. */
const templates: readonly Template[] = [
  ["long perpetual", true, (chain) => [perpetual(chain, 1)]],
  ["short perpetual", true, (chain) => [perpetual(chain, -1)]],
  ["short straddle, 30 d", false, (chain) => straddle(chain, 30, -1)],
  ["long straddle, 30 d", false, (chain) => straddle(chain, 30, 1)],
  [
    "short strangle, 10 delta, 7 d",
    false,
    (chain) => [option(chain.byDelta("call", 7, 0.1), -1), option(chain.byDelta("put", 7, 0.1), -1)],
  ],
  ["short put, 25 delta, 30 d", false, (chain) => [option(chain.byDelta("put", 30, 0.25), -1)]],
  ["long call, 50 delta, 30 d", false, (chain) => [option(chain.byDelta("call", 30, 0.5), 1)]],
  [
    "call spread, short 50 long 25 delta, 30 d",
    false,
    (chain) => [option(chain.byDelta("call", 30, 0.5), -1), option(chain.byDelta("call", 30, 0.25), 1)],
  ],
  [
    "calendar, short 30 d long 90 d call",
    false,
    (chain) => {
      const strike = chain.forward(30);
      return [option(chain.byStrike("call", 30, strike), -1), option(chain.byStrike("call", 90, strike), 1)];
    },
  ],
  [
    "covered call, 25 delta, 30 d",
    false,
    (chain) => [{ asset: chain.underlying, units: 1 }, option(chain.byDelta("call", 30, 0.25), -1)],
  ],
  [
    "short straddle, 30 d, delta hedged",
    false,
    (chain) => {
      const legs = straddle(chain, 30, -1);
      const delta = legs.reduce((sum, { instrument, units }) => {
        const held = instrument === undefined ? undefined : chain.market.instruments.get(instrument);
        return sum + (held ? units * chain.deltaOf(held) : 0);
      }, 0);
      return [...legs, perpetual(chain, -delta)];
    },
  ],
];

function bookOf(
  name: string,
  isLinear: boolean,
  legs: readonly { readonly leg: Leg; readonly usd: number; readonly indexUsd: number }[],
): CrashBook | undefined {
  if (!legs.every(({ leg }) => (leg.instrument ?? leg.asset) !== undefined && Number.isFinite(leg.units)))
    return undefined;
  const sized = legs.map(({ leg, usd, indexUsd }) => ({
    ...leg,
    size: parseDecimal(((leg.units * usd) / indexUsd).toFixed(8)),
  }));
  return {
    name,
    isLinear,
    portfolio: {
      name,
      balances: [
        { asset: "USD", amount: parseDecimal(cashUsd) },
        ...sized.flatMap(({ asset, size }) => (asset === undefined ? [] : [{ asset, amount: size }])),
      ],
      positions: sized.flatMap(({ instrument, size }) =>
        instrument === undefined || size.coefficient === 0n ? [] : [{ instrument, size }],
      ),
      orders: [],
    },
    // An option is of one coin, whatever it costs.
    notionalUsd: legs.reduce((sum, { usd }) => sum + usd, 0),
  };
}

/** The books of each coin and the pairs of two, built from what a market lists; without those that it lacks a contract for. */
export function crashBooks(market: Market): readonly CrashBook[] {
  const chains = [...market.underlyings.keys()].sort().map((symbol) => new OptionChainView(market, symbol));
  const single = chains.flatMap((chain) =>
    templates.map(([name, isLinear, legsOf]) =>
      bookOf(
        `${name}, ${chain.underlying}`,
        isLinear,
        legsOf(chain).map((leg) => ({ leg, usd: unitUsd, indexUsd: chain.indexUsd })),
      ),
    ),
  );
  const pairs = chains.flatMap((long) =>
    chains
      .filter((short) => short !== long)
      .map((short) =>
        bookOf(`pair, long ${long.underlying} short ${short.underlying}`, true, [
          { leg: perpetual(long, 1), usd: unitUsd, indexUsd: long.indexUsd },
          { leg: perpetual(short, -1), usd: unitUsd, indexUsd: short.indexUsd },
        ]),
      ),
  );
  return [...single, ...pairs].flatMap((book) => (book ? [book] : []));
}

/** Options that some books hold. */
export function optionsOf(books: readonly CrashBook[], market: Market): readonly Option[] {
  const ids = new Set(
    books.flatMap(({ portfolio }) => portfolio.positions.map(({ instrument }) => instrument)),
  );
  return [...ids].flatMap((id) => {
    const instrument = market.instruments.get(id);
    return instrument?.kind === "option" ? [instrument] : [];
  });
}

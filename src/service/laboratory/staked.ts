import { type LibraryBook, type Leg, unitUsd } from "./delta-one-books.ts";
import { walk } from "./delta-one.ts";
import { dailyWalk } from "./daily-walk.ts";
import { type Panel } from "./panels.ts";
import { type LaboratoryTrack, partOf, type TrackContext } from "./track.ts";

const ether = "ETH";
const bitcoin = "BTC";
/** Dollars that loans are in: the stablecoin of most lenders. */
const loanAsset = "USDC";
/** Of a quick run, days taken of all. */
const quickEvery = 24;

type Draft = readonly [type: string, legs: readonly Leg[], isUnhedged?: boolean];

/** What is done with one staked token: held, hedged by perpetuals, and borrowed against. */
function booksOf(token: string, stablecoins: readonly string[]): LibraryBook[] {
  const staked = (usd: number): Leg => ({ kind: "staked", symbol: token, usd });
  const perpetual = (symbol: string, usd: number): Leg => ({ kind: "perpetual", symbol, usd });
  const loan = (share: number): Leg => ({ kind: "stablecoin", symbol: loanAsset, usd: -share * unitUsd });
  const drafts: readonly Draft[] = [
    ["staked token held", [staked(unitUsd)], true],
    ["staked token against short perpetual", [staked(unitUsd), perpetual(ether, -unitUsd)]],
    ["staked token, half hedged", [staked(unitUsd), perpetual(ether, -unitUsd / 2)]],
    ["staked token held, long perpetual", [staked(unitUsd), perpetual(ether, unitUsd)], true],
    ["staked token held, short bitcoin perpetual", [staked(unitUsd), perpetual(bitcoin, -unitUsd)]],
    ["staked token held, long bitcoin perpetual", [staked(unitUsd), perpetual(bitcoin, unitUsd)], true],
    [
      "staked token against a loan of ether",
      [staked(unitUsd), { kind: "coin", symbol: ether, usd: -0.9 * unitUsd }],
    ],
    [
      "staked token three times, against ether",
      [staked(3 * unitUsd), { kind: "coin", symbol: ether, usd: -2 * unitUsd }],
    ],
    ...(stablecoins.includes(loanAsset)
      ? ([
          ["staked token against a loan of dollars", [staked(unitUsd), loan(0.7)], true],
          [
            "staked token against a loan of dollars, hedged",
            [staked(unitUsd), loan(0.7), perpetual(ether, -unitUsd)],
          ],
        ] satisfies readonly Draft[])
      : []),
  ];
  return drafts.map(([type, legs, isUnhedged = false]): LibraryBook => ({
    name: `${type}, ${token}`,
    type,
    asset: token,
    track: "staked",
    group: "staked-collateral",
    holdsUnhedged: isUnhedged,
    legs: () => legs,
  }));
}

/** The panel's coins and stablecoins that the track's market lists: staked tokens, what they are of, and what is lent. */
const narrowed = new WeakMap<Panel, Panel>();

function panelOf(context: TrackContext): Panel {
  const { daily } = context.panels();
  const known = narrowed.get(daily);
  if (known) return known;
  const made: Panel = {
    ...daily,
    stablecoin: new Map([...daily.stablecoin].filter(([asset]) => asset === loanAsset)),
  };
  narrowed.set(daily, made);
  return made;
}

/** Staked tokens as collateral, on daily prices. */
export const stakedTrack: LaboratoryTrack = {
  id: "staked",
  parts: 2,
  books(context) {
    const { staked, stablecoin } = panelOf(context);
    return [...staked.keys()].flatMap((token) => booksOf(token, [...stablecoin.keys()]));
  },
  *fill(context, part, models, into, firstBook) {
    const panel = panelOf(context);
    const books = [...panel.staked.keys()].flatMap((token) => booksOf(token, [...panel.stablecoin.keys()]));
    const every = context.quick ? quickEvery : 1;
    const { instants, ...rest } = dailyWalk(panel, context, every);
    yield* walk(
      { panel, coins: [bitcoin, ether], books, firstBook, ...rest, instants: partOf(instants, part) },
      models,
      into,
    );
  },
};

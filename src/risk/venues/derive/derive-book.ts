import { type Market, type Portfolio, type UnderlyingState } from "../../../market/index.ts";
import { type AccountValue, accountValue, assetPriceUsd } from "../../account-value.ts";
import { type Diagnostic } from "../../margin-model.ts";
import { type BookLine, bookLines, byUnderlying } from "../shared/book-lines.ts";
import {
  type Fixed18,
  fixed18FromDecimal,
  fixed18FromNumber,
  fixed18ToNumber,
  max,
  one,
  sum,
} from "../shared/fixed18.ts";
import { missingTerm, note } from "../shared/net-margin-result.ts";
import { type PmExpiry, type PmOption, type PmPerp } from "./pm-inputs.ts";

/** A perpetual of a book as the venue's one linear perpetual on its underlying. */
export interface DerivePerp {
  readonly item: string;
  /** Units of underlying, signed. */
  readonly units: Fixed18;
  /** USD per unit. */
  readonly price: Fixed18;
  readonly confidence: Fixed18;
  /** Unrealised profit, in the settlement asset. */
  readonly profit: Fixed18;
}

export interface DeriveOption {
  readonly item: string;
  readonly option: PmOption;
}

/** Everything a book holds on one underlying. */
export interface DeriveAccount {
  readonly underlying: string;
  readonly spotPrice: Fixed18;
  readonly spotConfidence: Fixed18;
  readonly perps: readonly DerivePerp[];
  readonly options: readonly DeriveOption[];
  readonly expiries: readonly PmExpiry[];
  /** What perpetuals and options add to the book's equity, USD. */
  readonly equityUsd: number;
}

/** A coin or token that may serve as collateral. */
export interface DeriveHolding {
  readonly asset: string;
  readonly amount: Fixed18;
  /** USD per unit. */
  readonly price: Fixed18;
  readonly confidence: Fixed18;
  readonly equityUsd: number;
}

/** A book in the venue's terms, before it is known which of it the venue lists. */
export interface DeriveBook {
  readonly value: AccountValue;
  /** In the settlement asset. Fiat counts at equal value. */
  readonly cash: Fixed18;
  readonly cashUsd: number;
  /** USD price of the settlement asset. */
  readonly stablePrice: Fixed18;
  /** Sorted by underlying. */
  readonly accounts: readonly DeriveAccount[];
  /** Sorted by asset, none of amount 0. */
  readonly holdings: readonly DeriveHolding[];
  /** Why no account of the venue can hold the book, as sentences. */
  readonly reasons: readonly string[];
  readonly diagnostics: readonly Diagnostic[];
}

const lastHalfHourSeconds = 1_800;

/**
 * Translates a book: coin-settled options and perpetuals become the venue's linear ones of the same size in coin, spot
 * positions join the balances. Rates are those of the sheet.
 */
export function deriveBook(
  portfolio: Portfolio,
  market: Market,
  settlementAsset: string,
  rate: number,
): DeriveBook {
  const value = accountValue(portfolio, market);
  const stableUsd = assetPriceUsd(market, settlementAsset) || 1;
  const stablePrice = max(1n, fixed18FromNumber(stableUsd));
  const diagnostics: Diagnostic[] = [];
  const reasons: string[] = [];
  const lines = bookLines(portfolio, market);
  for (const { instrument } of lines) {
    if (instrument.kind === "future") {
      reasons.push(`${instrument.id}: the venue lists perpetuals and options, no dated futures.`);
    }
  }
  const accounts = [...byUnderlying(lines.filter(({ instrument }) => instrument.kind !== "spot"))].map(
    ([underlying, group]) =>
      accountOf(underlying, group, { market, value, stableUsd, rate: fixed18FromNumber(rate), diagnostics }),
  );
  const { cash, cashUsd, holdings } = balancesOf(portfolio, market, lines, settlementAsset, stableUsd);
  for (const { asset, amount } of holdings) {
    if (amount < 0n) reasons.push(`${asset} is owed: accounts borrow ${settlementAsset} and nothing else.`);
  }
  if (portfolio.orders.length > 0) {
    diagnostics.push(
      missingTerm(
        "Resting orders are not margined: the venue's order book reserves for them, by a rule that is not published.",
      ),
    );
  }
  return { value, cash, cashUsd, stablePrice, accounts, holdings, reasons, diagnostics };
}

interface AccountContext {
  readonly market: Market;
  readonly value: AccountValue;
  readonly stableUsd: number;
  readonly rate: Fixed18;
  readonly diagnostics: Diagnostic[];
}

function accountOf(underlying: string, lines: readonly BookLine[], context: AccountContext): DeriveAccount {
  const { market, value, stableUsd, diagnostics } = context;
  const state = market.underlyings.get(underlying);
  const valueOf = (id: string): number =>
    value.positions.find(({ instrument }) => instrument === id)?.valueUsd ?? 0;
  const perps: DerivePerp[] = [];
  const options: DeriveOption[] = [];
  let equityUsd = 0;
  for (const { instrument, units, forward, vol } of lines) {
    const { id } = instrument;
    if (instrument.kind === "future") continue;
    if (instrument.settlement === "inverse") diagnostics.push(translated(id, units, underlying));
    const confidence = fixed18FromNumber(market.quotes.get(id)?.confidence ?? 1);
    equityUsd += valueOf(id);
    if (instrument.kind === "option") {
      const secToExpiry = secondsTo(instrument.expiryMs, market.asOfMs);
      const option: PmOption = {
        secToExpiry,
        strike: fixed18FromNumber(instrument.strike),
        type: instrument.optionType,
        amount: fixed18FromNumber(units),
        vol: fixed18FromNumber(vol),
        volConfidence: confidence,
      };
      options.push({ item: id, option });
    } else {
      perps.push({
        item: id,
        units: fixed18FromNumber(units),
        price: fixed18FromNumber(forward),
        confidence,
        profit: fixed18FromNumber(valueOf(id) / stableUsd),
      });
    }
  }
  return {
    underlying,
    spotPrice: fixed18FromNumber(state?.indexUsd ?? 0),
    spotConfidence: fixed18FromNumber(state?.confidence ?? 1),
    perps,
    options,
    expiries: expiriesOf(lines, state, context),
    equityUsd,
  };
}

const translated = (id: string, units: number, underlying: string): Diagnostic =>
  note(
    "translated-contract",
    `${id} is coin-settled and the venue lists linear contracts only: margined as ${units.toPrecision(8)} ${underlying}.`,
  );

const secondsTo = (expiryMs: number, nowMs: number): number =>
  Math.max(0, Math.floor((expiryMs - nowMs) / 1000));

function expiriesOf(
  lines: readonly BookLine[],
  state: UnderlyingState | undefined,
  { market, rate, diagnostics }: AccountContext,
): readonly PmExpiry[] {
  const byExpiry = new Map<number, PmExpiry>();
  for (const { instrument } of lines) {
    if (instrument.kind !== "option") continue;
    const secToExpiry = secondsTo(instrument.expiryMs, market.asOfMs);
    if (byExpiry.has(secToExpiry)) continue;
    const forward = state?.forwards.forwardAt(instrument.expiryMs);
    if (forward?.extrapolated === true) {
      diagnostics.push(
        note("extrapolated-forward", `The forward of ${instrument.id}'s expiry lies beyond the market's.`),
      );
    }
    if (secToExpiry < lastHalfHourSeconds) {
      diagnostics.push(
        note(
          "settlement-average",
          `${instrument.id} is in the venue's settlement average: taken as wholly open, as the market does not carry it.`,
        ),
      );
    }
    byExpiry.set(secToExpiry, {
      secToExpiry,
      forwardFixed: 0n,
      forwardVariable: fixed18FromNumber(forward?.value ?? 0),
      forwardConfidence: fixed18FromNumber(state?.confidence ?? 1),
      rate,
      rateConfidence: one,
    });
  }
  return [...byExpiry.values()];
}

function balancesOf(
  portfolio: Portfolio,
  market: Market,
  lines: readonly BookLine[],
  settlementAsset: string,
  stableUsd: number,
): Pick<DeriveBook, "cash" | "cashUsd" | "holdings"> {
  let cash = 0n;
  let cashUsd = 0;
  const amounts = new Map<string, Fixed18>();
  const add = (asset: string, amount: Fixed18): void => {
    amounts.set(asset, (amounts.get(asset) ?? 0n) + amount);
  };
  for (const { asset, amount } of portfolio.balances) add(asset, fixed18FromDecimal(amount));
  for (const { instrument, units } of lines) {
    if (instrument.kind === "spot") add(instrument.underlying, fixed18FromNumber(units));
  }
  const holdings: DeriveHolding[] = [];
  for (const [asset, amount] of [...amounts].sort(([a], [b]) => (a < b ? -1 : 1))) {
    const priceUsd = assetPriceUsd(market, asset);
    const equityUsd = fixed18ToNumber(amount) * priceUsd;
    if (asset === settlementAsset || market.assets.get(asset)?.kind === "fiat") {
      // The same amount, to the last unit, when both are worth the same.
      cash += priceUsd === stableUsd ? amount : fixed18FromNumber(equityUsd / stableUsd);
      cashUsd += equityUsd;
    } else if (amount !== 0n) {
      const confidence = fixed18FromNumber(market.assets.get(asset)?.confidence ?? 1);
      holdings.push({ asset, amount, price: fixed18FromNumber(priceUsd), confidence, equityUsd });
    }
  }
  return { cash, cashUsd, holdings };
}

/** The perpetuals of an account as one position: sizes and profits add, the price is that of the largest. */
export function netPerp({ perps }: DeriveAccount): PmPerp | null {
  const [largest] = perps.toSorted((a, b) => (magnitude(a.units) < magnitude(b.units) ? 1 : -1));
  if (!largest) return null;
  return {
    position: sum(perps.map(({ units }) => units)),
    price: largest.price,
    confidence: perps.map(({ confidence }) => confidence).reduce((a, b) => (a < b ? a : b)),
    unsettledCash: sum(perps.map(({ profit }) => profit)),
  };
}

const magnitude = (x: Fixed18): Fixed18 => (x < 0n ? -x : x);

import { type Portfolio } from "../../market/portfolio.ts";
import { type Decimal, formatDecimal } from "../../quantity/decimal.ts";
import { PlimsollError } from "../../quantity/error.ts";

/** Positions of many accounts, compactly: account a holds positions starts[a] … starts[a + 1] − 1. */
export interface LotBook {
  readonly accountCount: number;
  /** accountCount + 1 entries, ascending from 0. */
  readonly starts: Uint32Array;
  /** Row of each position's instrument in the scenario matrix. */
  readonly instruments: Uint32Array;
  /** Lots of each position, signed integers. */
  readonly lots: Float64Array;
}

/** An instrument (or a collateral asset) as a row of the scenario matrix. */
export interface BookInstrument {
  /** Instrument or asset identifier. */
  readonly id: string;
  /** The smallest tradable size in contracts: every position is a whole number of lots. */
  readonly lot: Decimal;
}

/**
 * The book of some accounts, for a scenario matrix with one row per entry of `instruments`. Balances are positions too, in
 * the row of their asset: collateral is revalued together with what it secures. Balances whose asset has no row are left
 * out when `ignoreUnlistedBalances` (a currency that moves in no scenario), else refused.
 *
 * @throws {PlimsollError} `PLM_UNKNOWN` for a holding without a row, `PLM_DOMAIN` for one that is not a whole number of lots.
 */
export function lotBookOf(
  portfolios: readonly Portfolio[],
  instruments: readonly BookInstrument[],
  { ignoreUnlistedBalances = false }: { readonly ignoreUnlistedBalances?: boolean } = {},
): LotBook {
  const rows = new Map(instruments.map(({ id, lot }, row) => [id, { row, lot }]));
  const starts = new Uint32Array(portfolios.length + 1);
  const positionRows: number[] = [];
  const lots: number[] = [];
  for (const [a, { positions, balances }] of portfolios.entries()) {
    const hold = (id: string, size: Decimal, field: string): void => {
      const instrument = rows.get(id);
      if (!instrument) {
        throw new PlimsollError("PLM_UNKNOWN", {
          field,
          value: id,
          limit: "an instrument or asset that the scenario matrix has a row for",
          remedy: "Add a row for it, or leave the holding out.",
        });
      }
      positionRows.push(instrument.row);
      lots.push(wholeLots(size, instrument.lot, `${field} of ${id}`));
    };
    for (const [i, { instrument, size }] of positions.entries()) {
      hold(instrument, size, `portfolios[${a}].positions[${i}]`);
    }
    for (const [i, { asset, amount }] of balances.entries()) {
      if (ignoreUnlistedBalances && !rows.has(asset)) continue;
      hold(asset, amount, `portfolios[${a}].balances[${i}]`);
    }
    starts[a + 1] = positionRows.length;
  }
  return {
    accountCount: portfolios.length,
    starts,
    instruments: Uint32Array.from(positionRows),
    lots: Float64Array.from(lots),
  };
}

/** size ÷ lot, which must be an integer. */
function wholeLots(size: Decimal, lot: Decimal, field: string): number {
  const numerator = size.coefficient * 10n ** BigInt(Math.max(0, lot.scale - size.scale));
  const denominator = lot.coefficient * 10n ** BigInt(Math.max(0, size.scale - lot.scale));
  const lots = denominator > 0n ? numerator / denominator : 0n;
  if (
    denominator <= 0n ||
    lots * denominator !== numerator ||
    lots > 9007199254740991n ||
    lots < -9007199254740991n
  ) {
    throw new PlimsollError("PLM_DOMAIN", {
      field,
      value: formatDecimal(size),
      limit: `a whole number of lots of ${formatDecimal(lot)}`,
      remedy: "Choose a lot that divides every size.",
    });
  }
  return Number(lots);
}

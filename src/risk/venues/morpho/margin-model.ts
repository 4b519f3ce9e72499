import { type Diagnostic, type MarginModel } from "../../margin-model.ts";
import { netMarginModel } from "../shared/net-margin-model.ts";
import { type NetMarginTerm, note } from "../shared/net-margin-result.ts";
import { derivativeReasons } from "../shared/unsupported.ts";
import { tokenUnits, type VenueHolding } from "../shared/venue-book.ts";
import { maxBorrowAssetsFloor } from "./blue-position.ts";
import { morphoBlueSheet, type MorphoSheet } from "./sheet.ts";

export interface MorphoModelOptions {
  /** Default {@link morphoBlueSheet}. */
  readonly sheet?: MorphoSheet;
}

/**
 * Morpho Blue over a book of balances. Markets are isolated, so the model splits the book into positions: the pairs of
 * highest LLTV first. One limit serves for opening and for liquidation, so both requirements are equal. Perpetuals,
 * futures and options are unsupported.
 *
 * @see docs/venues/morpho.md
 */
export function morphoBlueModel({ sheet = morphoBlueSheet }: MorphoModelOptions = {}): MarginModel {
  return netMarginModel({
    id: "morpho-blue",
    title: "Morpho Blue",
    venue: "morpho",
    settlementAsset: "USDC",
    groups: {
      collateral: {
        label: "Collateral beyond its LLTV",
        rule: "Morpho Blue: collateral × price × LLTV, rounded down",
      },
      debt: { label: "Debt", rule: "Morpho Blue: counted in full" },
    },
    uncounted: "collateral of no market in the sheet",
    refusals: (book) => [
      ...derivativeReasons(book, "Morpho"),
      ...book.holdings
        .filter(({ asset, amount }) => amount < 0 && !sheet.markets.some(({ loan }) => loan.includes(asset)))
        .map(({ asset }) => `${asset} is owed, and the sheet has no market that lends it.`),
    ],
    margin(book) {
      const debts = book.holdings.filter(({ amount }) => amount < 0);
      const diagnostics: Diagnostic[] = [];
      const supplied = book.holdings.filter(({ amount }) => amount > 0);
      const { counted, positions } = allocate(supplied, debts, sheet);
      for (const { asset, orders } of book.holdings) {
        if (orders === 0) continue;
        diagnostics.push(note("orders-ignored", `Resting spot orders on ${asset} do not exist on Morpho.`));
      }
      if (positions.length > 1) {
        diagnostics.push(
          note(
            "isolated-positions",
            `Held as isolated positions: ${positions.join(", ")}. Each must stay healthy by itself.`,
          ),
        );
      }
      const terms = book.holdings.map(({ asset, amount, priceUsd, equityUsd }): NetMarginTerm => {
        const net = amount < 0 ? amount * priceUsd : (counted.get(asset) ?? 0);
        const group = amount < 0 ? "debt" : "collateral";
        return { group, item: asset, equityUsd, initialNet: net, maintenanceNet: net };
      });
      return { terms, diagnostics };
    },
  });
}

type Pair = MorphoSheet["markets"][number];

/** What an amount of collateral lets one owe in a market, USD, in the contract's own integers. */
function borrowableUsd(held: VenueHolding, amount: number, loanPriceUsd: number, pair: Pair): number {
  const price = loanPriceUsd > 0 ? held.priceUsd / loanPriceUsd : 0;
  // Twelve digits of the price pass through float64; the contract's scale follows exactly.
  const whole = Math.floor(price);
  const scale = 10n ** BigInt(24 + pair.loanDecimals - pair.collateralDecimals + 12);
  const oraclePrice =
    BigInt(whole) * scale + (BigInt(Math.round((price - whole) * 1e12)) * scale) / 1_000_000_000_000n;
  const units = maxBorrowAssetsFloor(tokenUnits(amount, pair.collateralDecimals), {
    lltv: tokenUnits(pair.lltv, 18),
    oraclePrice,
    totalBorrowAssets: 0n,
    totalBorrowShares: 0n,
  });
  return (Number(units) / Number(10n ** BigInt(pair.loanDecimals))) * loanPriceUsd;
}

/**
 * Splits collateral over the debts, pairs of highest LLTV first; what no debt needs counts in the best market it has for
 * any of the debts, or of the sheet when there is none.
 *
 * @returns per collateral asset what it lets one owe, USD, and the positions' names.
 */
function allocate(
  supplied: readonly VenueHolding[],
  debts: readonly VenueHolding[],
  sheet: MorphoSheet,
): { readonly counted: ReadonlyMap<string, number>; readonly positions: readonly string[] } {
  const left = new Map(supplied.map(({ asset, amount }) => [asset, amount]));
  const owed = new Map(debts.map(({ asset, amount, priceUsd }) => [asset, -amount * priceUsd]));
  const counted = new Map<string, number>();
  const positions: string[] = [];
  const count = (asset: string, usd: number): void =>
    void counted.set(asset, (counted.get(asset) ?? 0) + usd);
  const pairs = sheet.markets.toSorted((a, b) => b.lltv - a.lltv);
  for (const pair of pairs) {
    for (const held of supplied.filter(({ asset }) => pair.collateral.includes(asset))) {
      for (const debt of debts.filter(({ asset }) => pair.loan.includes(asset))) {
        const amount = left.get(held.asset) ?? 0;
        const need = owed.get(debt.asset) ?? 0;
        if (amount <= 0 || need <= 0 || pair.lltv === 0) continue;
        const all = borrowableUsd(held, amount, debt.priceUsd, pair);
        const used = all <= need ? amount : Math.min(amount, (amount * need) / all);
        const usd = all <= need ? all : borrowableUsd(held, used, debt.priceUsd, pair);
        left.set(held.asset, amount - used);
        owed.set(debt.asset, Math.max(0, need - usd));
        count(held.asset, usd);
        positions.push(`${held.asset}/${debt.asset} at ${pair.lltv}`);
      }
    }
  }
  for (const held of supplied) {
    const amount = left.get(held.asset) ?? 0;
    const usable = pairs.filter(({ collateral }) => collateral.includes(held.asset));
    const best = usable.find(({ loan }) => debts.some(({ asset }) => loan.includes(asset))) ?? usable[0];
    if (!best || amount <= 0) continue;
    const loan = debts.find(({ asset }) => best.loan.includes(asset));
    count(held.asset, borrowableUsd(held, amount, loan?.priceUsd ?? 1, best));
  }
  return { counted, positions };
}

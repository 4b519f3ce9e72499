import { decimalToNumber } from "../../../quantity/index.ts";
import { type Diagnostic, type MarginModel } from "../../margin-model.ts";
import { netMarginModel } from "../shared/net-margin-model.ts";
import { missingTerm, type NetMarginTerm, note } from "../shared/net-margin-result.ts";
import { derivativeReasons } from "../shared/unsupported.ts";
import { tokenUnits, type VenueHolding } from "../shared/venue-book.ts";
import { type AaveReserve, aaveSummary } from "./account-summary.ts";
import { ray } from "./accrual.ts";
import { aaveEthereumSheet, type AaveSheet } from "./sheet.ts";

export interface AaveModelOptions {
  /** Default {@link aaveEthereumSheet}. */
  readonly sheet?: AaveSheet;
  /** Which e-mode the account is in: an id of the sheet, `none`, or `best`: whichever leaves most, none without debt. Default `best`. */
  readonly emode?: string;
}

type Emode = AaveSheet["emodes"][number];

/**
 * Aave v3 over a book of balances: initial is LTV, maintenance the liquidation threshold. Balances are taken to carry
 * their interest already. Perpetuals, futures and options are unsupported.
 *
 * @see docs/venues/aave.md
 */
export function aaveV3Model({
  sheet = aaveEthereumSheet,
  emode = "best",
}: AaveModelOptions = {}): MarginModel {
  const reserveOf = (asset: string): AaveSheet["reserves"][number] | undefined =>
    sheet.reserves.find(({ assets }) => assets.includes(asset));
  return netMarginModel({
    id: "aave-v3",
    title: "Aave v3",
    venue: "aave",
    settlementAsset: "USDC",
    groups: {
      collateral: {
        label: "Collateral beyond its LTV or threshold",
        rule: "Aave v3: Σ collateral × LTV or threshold",
      },
      debt: { label: "Debt", rule: "Aave v3: counted in full" },
    },
    uncounted: `not a reserve of ${sheet.name} that is collateral`,
    refusals: (book) => [
      ...derivativeReasons(book, "Aave"),
      ...book.holdings
        .filter(({ asset, amount }) => amount < 0 && !reserveOf(asset))
        .map(({ asset }) => `${asset} is owed, and the sheet has no reserve of it to borrow from.`),
    ],
    margin(book) {
      const debts = book.holdings.filter(({ amount }) => amount < 0);
      const diagnostics: Diagnostic[] = [];
      for (const { asset, amount, orders } of book.holdings) {
        const reserve = reserveOf(asset);
        if (reserve && amount > 0 && reserve.ltvBps === undefined) {
          diagnostics.push(
            missingTerm(
              `The sheet has no LTV for ${asset}; its liquidation threshold, the upper bound, stands in.`,
            ),
          );
        }
        if (orders > 0)
          diagnostics.push(note("orders-ignored", `Resting spot orders on ${asset} do not exist on Aave.`));
      }

      const allowed = sheet.emodes.filter(({ borrowable }) =>
        debts.every(({ asset }) => borrowable.includes(asset)),
      );
      const candidates: readonly (Emode | undefined)[] =
        emode === "best"
          ? [undefined, ...(debts.length > 0 ? allowed : [])]
          : [allowed.find((mode) => mode.id === emode)];
      if (emode !== "best" && emode !== "none" && !candidates[0]) {
        diagnostics.push(
          note("e-mode", `The e-mode ${emode} does not allow these debts: margined outside any.`),
        );
      }
      const options = candidates.map((mode) => ({ mode, terms: termsOf(book.holdings, sheet, mode) }));
      const best = options.reduce((one, other) => (netOf(other.terms) > netOf(one.terms) ? other : one));
      if (best.mode) diagnostics.push(note("e-mode", `Margined in the e-mode ${best.mode.id}.`));
      return { terms: best.terms, diagnostics };
    },
  });
}

const netOf = (terms: readonly NetMarginTerm[]): number =>
  terms.reduce((total, { initialNet, maintenanceNet }) => total + initialNet + maintenanceNet, 0);

/** Each balance by itself: Aave's net is a sum over reserves. */
function termsOf(
  holdings: readonly VenueHolding[],
  sheet: AaveSheet,
  emode: Emode | undefined,
): readonly NetMarginTerm[] {
  return holdings.map((holding): NetMarginTerm => {
    const { asset, amount, priceUsd, equityUsd } = holding;
    const sheetReserve = sheet.reserves.find(({ assets }) => assets.includes(asset));
    const group = amount < 0 ? "debt" : "collateral";
    if (!sheetReserve) return { group, item: asset, equityUsd, initialNet: 0, maintenanceNet: 0 };
    const { decimals, ltBps, ltvBps = ltBps } = sheetReserve;
    const units = tokenUnits(Math.abs(amount), decimals);
    const reserve: AaveReserve = {
      decimals,
      price: tokenUnits(priceUsd, 8),
      ltvBps: BigInt(ltvBps),
      ltBps: BigInt(ltBps),
      liquidityIndex: ray,
      liquidityRate: 0n,
      variableBorrowIndex: ray,
      variableBorrowRate: 0n,
      lastUpdateSeconds: 0n,
      emodeCollateral: emode?.collateral.includes(asset) ?? false,
      scaledSupply: amount > 0 ? units : 0n,
      scaledDebt: amount < 0 ? units : 0n,
      useAsCollateral: true,
    };
    const summary = aaveSummary({
      nowSeconds: 0n,
      ...(emode && { emode: { ltvBps: BigInt(emode.ltvBps), ltBps: BigInt(emode.ltBps) } }),
      reserves: [reserve],
    });
    const collateral = decimalToNumber(summary.totalCollateralUsd);
    const owed = decimalToNumber(summary.totalBorrowsUsd);
    return {
      group,
      item: asset,
      equityUsd,
      initialNet: collateral * summary.currentLtv - owed,
      maintenanceNet: collateral * summary.currentLiquidationThreshold - owed,
    };
  });
}

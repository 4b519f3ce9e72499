import {
  type DydxAccount,
  dydxBankruptcyQuote,
  dydxFillablePrice,
} from "../../clearing/peers/dydx/liquidation.ts";
import { eulerHealth, eulerLiquidation } from "../../clearing/peers/euler/liquidation.ts";
import {
  statedAssetForLiability,
  statedBadDebt,
  statedBaseToCover,
  type StatedExchange,
  statedLiabilityForAsset,
  statedLiabilityTransfer,
} from "../../clearing/peers/stated-formulas/liquidations.ts";
import { divide, one, rational, type Rational, subtract, zero } from "../../risk/venues/shared/rational.ts";
import { type Fields, isFields } from "./case-fields.ts";
import { type CaseInputs } from "./published-inputs.ts";
import { type Topic, unknownSystem } from "./published-isolated.ts";

/** Numbers by asset: a table, or a list of objects that name their asset. */
function byAsset(
  inputs: CaseInputs,
  names: readonly string[],
  ...value: readonly string[]
): Map<string, Rational> {
  const table = inputs.raw(...names);
  if (Array.isArray(table)) {
    return new Map(
      inputs.list(...names).map((item) => {
        const asset = item.raw("asset", "market", "symbol", "name");
        return [typeof asset === "string" ? asset : "", item.exact(...value)] as const;
      }),
    );
  }
  const entries = isFields(table) ? Object.entries(table) : [];
  return new Map(
    entries.map(([asset, item]) => [
      asset,
      rational(typeof item === "number" ? item : String(item), `inputs.${names[0]}.${asset}`),
    ]),
  );
}

const fractionNames = [
  "mmFraction",
  "maintenanceFraction",
  "maintenanceMarginFraction",
  "mmf",
  "mmr",
] as const;

function accountOf(inputs: CaseInputs): DydxAccount {
  const positionNames = ["positions", "position"] as const;
  const sizes = byAsset(inputs, positionNames, "size", "position", "quantity");
  const listed = inputs.has("prices", "oraclePrices")
    ? byAsset(inputs, ["prices", "oraclePrices"], "price")
    : byAsset(inputs, positionNames, "price", "oraclePrice", "mark");
  const fractions = byAsset(inputs, fractionNames, ...fractionNames);
  const common = fractions.size > 0 ? zero : inputs.exact(...fractionNames);
  return {
    usdc: inputs.exact("usdc", "quote", "quoteBalance", "cash", "collateral"),
    positions: [...sizes].map(([asset, size]) => ({
      asset,
      size,
      price: listed.get(asset) ?? zero,
      maintenanceFraction: fractions.get(asset) ?? common,
    })),
  };
}

const onlyAsset = ({ positions }: DydxAccount): string => positions[0]?.asset ?? "";

const bankruptcyPrice: Topic = (inputs) => {
  const account = accountOf(inputs);
  const close = inputs.inner("close", "closing", "delta");
  const asset = (close ?? inputs).raw("asset", "market", "symbol");
  const named = typeof asset === "string" ? asset : onlyAsset(account);
  const change = (close ?? inputs).exact("size", "delta", "deltaSize", "closeSize", "quantity");
  const quote = dydxBankruptcyQuote(account, named, change);
  const price = change.numerator === 0n ? undefined : divide(subtract(zero, quote), change);
  return { bankruptcyQuote: quote, quote, bankruptcyPrice: price, price };
};

const fillable: Topic = (inputs) => {
  const account = accountOf(inputs);
  const asset = inputs.raw("asset", "market", "symbol");
  const price = dydxFillablePrice(account, typeof asset === "string" ? asset : onlyAsset(account), {
    bankruptcyAdjustment: inputs.exactIf("bankruptcyAdjustment", "ba") ?? one,
    spreadToMaintenance: inputs.exact(
      "spreadToMm",
      "spreadToMaintenance",
      "spreadToMaintenanceMargin",
      "spread",
    ),
  });
  return { price, fillablePrice: price };
};

const incentiveOf = (inputs: CaseInputs): Rational =>
  divide(
    inputs.exactIf("assetMultiplier") ?? one,
    inputs.exactIf("liabilityMultiplier") ?? one,
    "liabilityMultiplier",
  );

const exchange: Topic = (inputs) => {
  const terms: StatedExchange = {
    liabilityPrice: inputs.exactIf("liabilityPrice") ?? one,
    assetPrice: inputs.exactIf("assetPrice") ?? one,
    incentive: incentiveOf(inputs),
  };
  const liability = inputs.exactIf("liabilityAmount", "liability");
  const asset = inputs.exactIf("assetAmount", "asset");
  return {
    ...(liability && { assetAmount: statedAssetForLiability(liability, terms) }),
    ...(asset && { liabilityAmount: statedLiabilityForAsset(asset, terms) }),
  };
};

const sizeToRestore: Topic = (inputs) => {
  if (!/drift/i.test(inputs.system)) throw unknownSystem(inputs);
  const shortage = inputs.exact("marginShortage", "shortage");
  const insuranceFee = inputs.exact("insuranceFee", "ifFee", "liabilityIfFee");
  if (inputs.has("liabilityWeight", "assetWeight")) {
    const liabilityAmount = statedLiabilityTransfer({
      shortage,
      assetWeight: inputs.exact("assetWeight"),
      liabilityWeight: inputs.exactIf("liabilityWeight") ?? one,
      incentive: incentiveOf(inputs),
      insuranceFee,
      liabilityPrice: inputs.exactIf("liabilityPrice", "oraclePrice", "price") ?? one,
    });
    return { liabilityAmount, liabilityTransfer: liabilityAmount };
  }
  const baseAmount = statedBaseToCover({
    shortage,
    marginRatio: inputs.exact("marginRatio"),
    liquidatorFee: inputs.exact("liquidatorFee", "liquidationFee"),
    insuranceFee,
    price: inputs.exact("oraclePrice", "price"),
    quotePrice: inputs.exactIf("quoteOraclePrice", "quotePrice") ?? one,
  });
  return { baseAmount, baseToCover: baseAmount };
};

/** Collaterals listed, or the one that stands among the inputs. */
function collateralsOf(
  inputs: CaseInputs,
): readonly { readonly amount: Rational; readonly price: Rational; readonly ltv: Rational }[] {
  const listed = inputs.list("collaterals");
  return (listed.length > 0 ? listed : [inputs]).map((item) => ({
    amount: item.exact("amount", "collateral", "collateralAmount"),
    price: item.exactIf("collateralPrice", "price") ?? one,
    ltv: item.exact("ltv", "liquidationLtv", "threshold", "liquidationThreshold", "lltv"),
  }));
}

const debtOf = (inputs: CaseInputs): { readonly amount: Rational; readonly price: Rational } => ({
  amount: inputs.exact("liability", "liabilityAmount", "debt"),
  price: inputs.exactIf("liabilityPrice", "debtPrice") ?? one,
});

const health: Topic = (inputs) => {
  const score = eulerHealth(collateralsOf(inputs), debtOf(inputs));
  const below = score && score.numerator < score.denominator;
  return { healthScore: score, health: score, healthFactor: score, liquidatable: below ?? false };
};

const reverseDutch: Topic = (inputs) => {
  const [first = { amount: zero, price: one, ltv: zero }, ...others] = collateralsOf(inputs);
  const maxDiscount = inputs.exact("maxDiscount", "maxLiquidationDiscount");
  const result = eulerLiquidation([first, ...others], debtOf(inputs), maxDiscount);
  const { discountFactor, repay, collateralSeized } = result;
  return {
    ...result,
    factor: discountFactor,
    discount: subtract(one, discountFactor),
    repaid: repay,
    seized: collateralSeized,
    collateralYield: collateralSeized,
  };
};

const badDebt: Topic = (inputs): Fields => {
  const size = inputs.exactIf("size", "positionSize");
  const long = !/^(short|sell)/.test(inputs.text("side", "direction")) && !(size && size.numerator < 0n);
  const result = statedBadDebt({
    long,
    margin: inputs.exact("margin"),
    openNotional: inputs.exact("openNotional"),
    exitNotional: inputs.exact("exitNotional"),
    feeRatio: inputs.exact("feeRatioOnNotional", "feeRatio", "liquidationFeeRatio"),
  });
  return { ...result, badDebt: result.badDebtTotal };
};

/** Topics of liquidation steps, by name. */
export const liquidationTopics: ReadonlyMap<string, Topic> = new Map([
  ["liquidation.bankruptcy-price", bankruptcyPrice],
  ["liquidation.fillable-price", fillable],
  ["liquidation.exchange", exchange],
  ["liquidation.size-to-restore", sizeToRestore],
  ["liquidation.health", health],
  ["liquidation.reverse-dutch", reverseDutch],
  ["liquidation.bad-debt", badDebt],
]);

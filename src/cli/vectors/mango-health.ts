import {
  type MangoAccount,
  type MangoHealthType,
  mangoHealth,
  perpMaxSettle,
} from "../../risk/venues/mango/health.ts";
import { toNumber } from "../../risk/venues/mango/i80f48.ts";
import { type Fields, integerAt, isCaseFile, listAt, runCases } from "./case-fields.ts";
import { exact } from "./compare.ts";
import { type VectorFamily } from "./family.ts";

function accountOf(input: Fields): MangoAccount {
  return {
    tokens: listAt(input, "tokens").map((token, position) => ({
      index: Number(integerAt(token, "index", BigInt(position))),
      maintAssetWeight: integerAt(token, "maintAssetWeight"),
      initAssetWeight: integerAt(token, "initAssetWeight"),
      initScaledAssetWeight: integerAt(token, "initScaledAssetWeight"),
      maintLiabWeight: integerAt(token, "maintLiabWeight"),
      initLiabWeight: integerAt(token, "initLiabWeight"),
      initScaledLiabWeight: integerAt(token, "initScaledLiabWeight"),
      oraclePrice: integerAt(token, "oraclePrice"),
      stablePrice: integerAt(token, "stablePrice"),
      balance: integerAt(token, "balance"),
    })),
    perps: listAt(input, "perps").map((perp) => ({
      settleToken: Number(integerAt(perp, "settleToken", 0n)),
      maintBaseAssetWeight: integerAt(perp, "maintBaseAssetWeight"),
      initBaseAssetWeight: integerAt(perp, "initBaseAssetWeight"),
      maintBaseLiabWeight: integerAt(perp, "maintBaseLiabWeight"),
      initBaseLiabWeight: integerAt(perp, "initBaseLiabWeight"),
      maintOverallAssetWeight: integerAt(perp, "maintOverallAssetWeight"),
      initOverallAssetWeight: integerAt(perp, "initOverallAssetWeight"),
      baseLotSize: integerAt(perp, "baseLotSize"),
      baseLots: integerAt(perp, "baseLots"),
      bidsBaseLots: integerAt(perp, "bidsBaseLots", 0n),
      asksBaseLots: integerAt(perp, "asksBaseLots", 0n),
      quote: integerAt(perp, "quote"),
      oraclePrice: integerAt(perp, "oraclePrice"),
      stablePrice: integerAt(perp, "stablePrice"),
    })),
    spotMarkets: listAt(input, "spotMarkets").map((market) => ({
      baseToken: Number(integerAt(market, "baseToken")),
      quoteToken: Number(integerAt(market, "quoteToken", 0n)),
      reservedBase: integerAt(market, "reservedBase", 0n),
      reservedQuote: integerAt(market, "reservedQuote", 0n),
      reservedBaseAsQuoteLowestAsk: integerAt(market, "reservedBaseAsQuoteLowestAsk", 0n),
      reservedQuoteAsBaseHighestBid: integerAt(market, "reservedQuoteAsBaseHighestBid", 0n),
    })),
  };
}

function outputOf(account: MangoAccount, type: MangoHealthType): object {
  const { health, assets, liabs, ratioPct } = mangoHealth(account, type);
  return {
    health,
    healthUi: toNumber(health),
    assets,
    liabs,
    ratioPct: ratioPct === null ? null : toNumber(ratioPct),
  };
}

export const mangoHealthVectors: VectorFamily = {
  family: "mango-health",
  matches: (document) => isCaseFile(document, "@blockworks-foundation/mango-v4", /HealthCache/),
  run: (document) =>
    runCases(document, (input) => {
      const account = accountOf(input);
      return {
        got: {
          init: outputOf(account, "init"),
          maint: outputOf(account, "maint"),
          liquidationEnd: outputOf(account, "liquidationEnd"),
          perpMaxSettleToken0: perpMaxSettle(account, 0),
        },
        toleranceOf: (field) => (field.endsWith(".health") ? exact : { relative: "1e-9" }),
      };
    }),
};

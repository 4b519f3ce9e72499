import { DerivePerpetual, type PerpetualFeeds } from "../../clearing/peers/derive/perpetual.ts";
import { type Fields, fieldsAt, integerAt, isFields, listAt, wordAt } from "./case-fields.ts";
import { namedFields, runSequenceCases, type StepOutcome, vectorsOf } from "./derive-cases.ts";
import { type VectorFamily } from "./family.ts";

const feedsOf = (step: Fields): PerpetualFeeds => {
  const feeds = fieldsAt(step, "feeds");
  const index = integerAt(feeds, "index");
  return {
    index,
    perp: integerAt(feeds, "perp", index),
    impactBid: integerAt(feeds, "impactBid", index),
    impactAsk: integerAt(feeds, "impactAsk", index),
  };
};

/**
 * The mark price at which account 0 was touched before the first step. The file does not list it among its inputs: it shows only as
 * that account's last mark price until a step touches it, and nothing is computed from it.
 */
function firstMarkPrice(vector: Fields): bigint {
  const [first] = listAt(vector, "steps");
  const [account] = first && isFields(first["after"]) ? listAt(first["after"], "accounts") : [];
  return account ? integerAt(account, "lastMarkPrice", 0n) : 0n;
}

const operations = ["transfer", "realise", "settle"] as const;

function runStep(perpetual: DerivePerpetual, step: Fields): StepOutcome {
  const seconds = integerAt(step, "secondsSinceStart");
  const feeds = feedsOf(step);
  const account = (key: string = "account"): number => Number(integerAt(step, key, 0n));
  const operation = wordAt(step, "op", operations);
  let beside: Fields = {};
  if (operation === "settle") beside = perpetual.settle(seconds, feeds, account());
  else if (operation === "realise") perpetual.realise(seconds, feeds, account());
  else perpetual.transfer(seconds, feeds, account("from"), account("to"), integerAt(step, "amount"));
  return { after: perpetual.report(feeds), beside };
}

export const derivePerpSequences: VectorFamily = {
  family: "derive-perp-sequences",
  matches: (document) =>
    vectorsOf(document).some(({ steps, initialAggregatedFunding }) => {
      const all: readonly unknown[] = Array.isArray(steps) ? steps : [];
      return all.some(
        (step) => isFields(step) && (initialAggregatedFunding !== undefined || "feeds" in step),
      );
    }),
  run: (document) =>
    runSequenceCases(document, ["paidPnl", "paidFunding"], (vector) => {
      const params = namedFields(document, "params", vector["params"]);
      const perpetual = new DerivePerpetual(
        {
          staticInterestRatePerHour: integerAt(params, "staticInterestRatePerHour", 0n),
          maxAbsRatePerHour: integerAt(params, "maxAbsRatePerHour"),
          convergencePeriodHours: integerAt(params, "convergencePeriodHours"),
        },
        Number(integerAt(vector, "accounts")),
        integerAt(vector, "initialAggregatedFunding", 0n),
        firstMarkPrice(vector),
      );
      return listAt(vector, "steps").map((step) => runStep(perpetual, step));
    }),
};

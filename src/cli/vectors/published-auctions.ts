import {
  statedLevel,
  statedPrice,
  type StatedPriceCurve,
  statedRestartRewarded,
  statedReward,
  statedSolvent,
  statedStart,
  statedTake,
} from "../../clearing/peers/stated-formulas/auctions.ts";
import { PlimsollError } from "../../quantity/error.ts";
import {
  add,
  compare,
  multiply,
  one,
  type Rational,
  subtract,
  zero,
} from "../../risk/venues/shared/rational.ts";
import { type Fields } from "./case-fields.ts";
import { type CaseInputs } from "./published-inputs.ts";
import { type Topic } from "./published-isolated.ts";

const elapsedOf = (inputs: CaseInputs): Rational =>
  inputs.exact("elapsed", "elapsedSeconds", "secondsElapsed", "t", "time", "dur");

const cutOf = (inputs: CaseInputs): Rational => inputs.exact("cut", "cutPerSecond", "cutPerStep", "keep");

/** The curve that a case names, or the one that its fields belong to. */
function curveOf(inputs: CaseInputs): StatedPriceCurve {
  const word = inputs.text("curve", "type", "kind");
  const tau = inputs.exactIf("tau", "duration", "lengthSeconds");
  const step = inputs.exactIf("step", "stepSeconds");
  if (word.startsWith("linear") || (word === "" && tau)) return { kind: "linear", tau: tau ?? zero };
  if (word.startsWith("stair") || (word === "" && step)) {
    return { kind: "steps", cut: cutOf(inputs), step: step ?? one };
  }
  if (word.startsWith("exp") || word === "") return { kind: "steps", cut: cutOf(inputs), step: one };
  throw new PlimsollError("PLM_FIELD", {
    field: "inputs.curve",
    value: word,
    limit: "one of linear, stairstep, exponential",
    remedy: "Correct the case's inputs.",
  });
}

const priceCurve: Topic = (inputs) => {
  const top = inputs.exactIf("top", "startPrice", "start") ?? one;
  return { price: statedPrice(curveOf(inputs), top, elapsedOf(inputs)) };
};

const reward = (inputs: CaseInputs, tab: Rational): Rational =>
  statedReward(inputs.exact("tip"), inputs.exact("chip"), tab);

/** On a restart (the only case in which the size matters) leftovers earn nothing. */
const keeperIncentive: Topic = (inputs) => {
  const tab = inputs.exact("tab", "debt", "owed");
  const chost = inputs.exactIf("chost", "minTab");
  const lotValue = inputs.exactIf("lotValue", "collateralValue") ?? lotTimesPrice(inputs) ?? tab;
  const earned = chost === undefined || statedRestartRewarded(tab, lotValue, chost);
  return { reward: earned ? reward(inputs, tab) : zero };
};

function lotTimesPrice(inputs: CaseInputs): Rational | undefined {
  const lot = inputs.exactIf("lot", "collateral");
  const price = inputs.exactIf("price", "feed", "spot", "feedPrice");
  return lot && price && multiply(lot, price);
}

function leastOf(values: readonly (Rational | undefined)[]): Rational | undefined {
  const present = values.filter((value) => value !== undefined);
  return present.reduce<Rational | undefined>(
    (least, value) => (least === undefined || compare(value, least) < 0 ? value : least),
    undefined,
  );
}

const start: Topic = (inputs) => {
  const debt = inputs.exact("debt", "art", "normalisedDebt", "normalizedDebt");
  const collateral = inputs.exact("collateral", "ink");
  const { taken, tab, lot, refused } = statedStart({
    debt,
    rate: inputs.exactIf("rate", "accumulatedRate") ?? one,
    penalty: inputs.exactIf("penalty", "chop", "liquidationPenalty") ?? one,
    collateral,
    room: leastOf([inputs.exactIf("hole", "room", "cap"), inputs.exactIf("globalHole", "totalHole")]),
    dust: inputs.exact("dust"),
  });
  const price = inputs.exactIf("spot", "feed", "price", "feedPrice", "oraclePrice") ?? zero;
  return {
    tab,
    lot,
    top: multiply(price, inputs.exactIf("buf", "buffer", "startFactor") ?? one),
    taken,
    debtTaken: taken,
    remainingDebt: subtract(debt, taken),
    remainingCollateral: subtract(collateral, lot),
    reward: reward(inputs, tab),
    refused,
    ok: !refused,
  };
};

const ordinals = ["First", "Second", "Third", "Fourth", "Fifth", "Sixth", "Seventh", "Eighth"];

const take: Topic = (inputs) => {
  const chost = inputs.exact("chost", "minTab");
  const bids = inputs.list("bids", "takes", "steps");
  let tab = inputs.exact("tab", "owed", "debt");
  let lot = inputs.exact("lot", "collateral");
  let [bought, paid, returned] = [zero, zero, zero];
  let refused = false;
  const after: Record<string, Fields> = {};
  for (const [i, bid] of (bids.length > 0 ? bids : [inputs]).entries()) {
    const amount = bid.exactIf("amt", "amount", "wanted") ?? lot;
    const taken = statedTake(tab, lot, { amount, price: bid.exact("price") }, chost);
    ({ tab, lot, refused } = taken);
    bought = add(bought, taken.bought);
    paid = add(paid, taken.paid);
    // Once the debt is raised the rest goes back to the owner.
    if (tab.numerator === 0n) [returned, lot] = [add(returned, lot), zero];
    const left = { tab, lot, bought: taken.bought, paid: taken.paid, returned };
    after[`after${ordinals[i] ?? i + 1}`] = left;
  }
  return { bought, slice: bought, paid, owe: paid, returned, tab, lot, refused, ok: !refused, ...after };
};

const solvent: Topic = (inputs) => {
  const schedule = inputs.inner("schedule", "curve") ?? inputs;
  const discountFactor = statedLevel(
    {
      kind: "fastSlow",
      start: schedule.exactIf("start", "startFactor") ?? one,
      fastEnd: schedule.exact("fastEnd", "fastCutoff"),
      fastSeconds: schedule.exact("fastSeconds", "fastLength"),
      slowSeconds: schedule.exact("slowSeconds", "slowLength"),
    },
    elapsedOf(inputs),
  );
  const { ends, ...figures } = statedSolvent({
    markToMarket: inputs.exact("markToMarket", "mtm"),
    maintenanceMargin: inputs.exact("maintenanceMargin", "mm"),
    bufferFactor: inputs.exact("bufferFactor", "buffer", "bufferPercentage"),
    reservedCash: inputs.exact("reservedCash", "reserved"),
    cutoff: inputs.exact("mtmCutoff", "cutoff"),
    level: discountFactor,
    wanted: inputs.exactIf("percentWanted", "fractionWanted", "wanted") ?? one,
  });
  return { ...figures, discountFactor, discount: discountFactor, ends };
};

/** Topics of auctions, by name. */
export const auctionTopics: ReadonlyMap<string, Topic> = new Map([
  ["auction.price-curve", priceCurve],
  ["auction.keeper-incentive", keeperIncentive],
  ["auction.start", start],
  ["auction.take", take],
  ["auction.solvent", solvent],
]);

import { DeriveCashLedger } from "../../clearing/peers/derive/cash-ledger.ts";
import { borrowRate, interestFactor, utilisation } from "../../clearing/peers/derive/interest-model.ts";
import { StepReverted } from "../../clearing/peers/derive/reverted.ts";
import { type KinkedRateModel } from "../../clearing/lending/rate-model.ts";
import { type Fields, fieldsAt, integerAt, listAt, wordAt } from "./case-fields.ts";
import { exact } from "./compare.ts";
import { hasShape, namedFields, runSequenceCases, runVectorCases, vectorsOf } from "./derive-cases.ts";
import { type VectorFamily } from "./family.ts";

/** The rate model that a vector names in its file. */
export function modelOf(document: unknown, name: unknown, table: string = "models"): KinkedRateModel {
  const fields = namedFields(document, table, name);
  return {
    minRate: integerAt(fields, "minRate", 0n),
    slopeToOptimum: integerAt(fields, "rateMultiplier", 0n),
    slopeAbove: integerAt(fields, "highRateMultiplier", 0n),
    optimalUtilisation: integerAt(fields, "optimalUtil", 0n),
  };
}

export const deriveInterestModel: VectorFamily = {
  family: "derive-interest-model",
  matches: (document) =>
    ["utilisation", "borrowRate", "interestFactor"].some((output) =>
      hasShape(document, ["supply", "borrow"], [output]),
    ),
  run: (document) =>
    runVectorCases(document, (vector) => {
      const model = modelOf(document, vector["model"]);
      const inputs = fieldsAt(vector, "inputs");
      const supply = integerAt(inputs, "supply", 0n);
      const borrow = integerAt(inputs, "borrow", 0n);
      const rate = borrowRate(model, supply, borrow);
      return {
        got: {
          utilisation: utilisation(supply, borrow),
          borrowRate: rate,
          interestFactor: interestFactor(rate, integerAt(inputs, "elapsedSeconds", 0n)),
        },
        toleranceOf: () => exact,
      };
    }),
};

const operations = [
  "deposit",
  "withdraw",
  "transfer",
  "settle",
  "accrue",
  "claimSmFees",
  "settleInterest",
  "socializeLoss",
  "disableWithdrawFee",
] as const;

function operate(ledger: DeriveCashLedger, step: Fields, seconds: bigint): void {
  const account = (key: string = "account"): number => Number(integerAt(step, key, 0n));
  switch (wordAt(step, "op", operations)) {
    case "deposit":
      return ledger.deposit(seconds, account(), integerAt(step, "stableAmount"));
    case "withdraw":
      return ledger.withdraw(seconds, account(), integerAt(step, "stableAmount"));
    case "transfer":
      return ledger.transfer(seconds, account("from"), account("to"), integerAt(step, "amount"));
    case "settle":
      return ledger.settle(seconds, account(), integerAt(step, "amount"));
    case "accrue":
      return ledger.accrue(seconds);
    case "claimSmFees":
      return ledger.claimSmFees(seconds);
    case "settleInterest":
      return ledger.settleInterest(seconds, account());
    case "socializeLoss":
      return ledger.socializeLoss(seconds, account(), integerAt(step, "amount"));
    case "disableWithdrawFee":
      return ledger.disableWithdrawFee();
  }
}

export const deriveCashSequences: VectorFamily = {
  family: "derive-cash-sequences",
  matches: (document) =>
    vectorsOf(document).some(
      (vector) => ("smAccountIndex" in vector || "initialSmFee" in vector) && "steps" in vector,
    ),
  run: (document) =>
    runSequenceCases(document, [], (vector) => {
      const accounts = Number(integerAt(vector, "accounts"));
      const smAccount = Number(integerAt(vector, "smAccountIndex", BigInt(accounts)));
      const fee = integerAt(vector, "initialSmFee", 0n);
      const ledger = new DeriveCashLedger(modelOf(document, vector["model"]), accounts, smAccount, fee);
      return listAt(vector, "steps").map((step) => {
        const seconds = integerAt(step, "secondsSinceStart");
        try {
          operate(ledger, step, seconds);
          return { after: ledger.report(seconds) };
        } catch (error) {
          if (!(error instanceof StepReverted)) throw error;
          return { after: ledger.report(seconds), reverted: { name: error.error } };
        }
      });
    }),
};

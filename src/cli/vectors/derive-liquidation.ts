import { type DeriveMarket, type DeriveOption } from "../../clearing/peers/derive/accounts.ts";
import { borrowRate } from "../../clearing/peers/derive/interest-model.ts";
import { DeriveSystem, type DeriveSystemTerms } from "../../clearing/peers/derive/liquidation-system.ts";
import { StepReverted } from "../../clearing/peers/derive/reverted.ts";
import { readDepegParams, readStandardMarketParams } from "../../risk/venues/derive/parameter-sheet.ts";
import { abs, max, mul, one, sum } from "../../risk/venues/shared/fixed18.ts";
import { type Fields, fieldsAt, integerAt, isFields, listAt, wordAt } from "./case-fields.ts";
import { type Tolerance } from "./compare.ts";
import { deriveAuctionParams } from "./derive-auction.ts";
import {
  factorTolerance,
  namedFields,
  namedSheet,
  optionTypeAt,
  runSequenceCases,
  type StepOutcome,
  vectorsOf,
} from "./derive-cases.ts";
import { modelOf } from "./derive-lending.ts";
import { type VectorFamily } from "./family.ts";

const victim = "victim";
const counterparty = "counterparty";
const securityModule = "securityModule";

function marketOf(step: Fields): DeriveMarket {
  const fields = fieldsAt(step, "market");
  const spot = integerAt(fields, "spot");
  const forwards = "forwards" in fields ? fieldsAt(fields, "forwards") : {};
  const vols = "vols" in fields ? fieldsAt(fields, "vols") : {};
  return {
    spot,
    perp: integerAt(fields, "perp", spot),
    forward: (expirySeconds) => integerAt(forwards, String(expirySeconds)),
    vol: ({ expirySeconds, strike }) => integerAt(vols, `${expirySeconds}:${strike}`),
  };
}

const optionOf = (fields: Fields): DeriveOption => ({
  expirySeconds: Number(integerAt(fields, "expirySecondsFromStart")),
  strike: integerAt(fields, "strike"),
  type: optionTypeAt(fields),
});

/**
 * The accounts as the vector's set-up made them, starting at a second before its first step. After the victim has withdrawn, and so perhaps
 * owes, the accounts that bid and insure are funded, a second after one another: their interest shows it.
 */
function setUp(
  vector: Fields,
  terms: DeriveSystemTerms,
  seconds: bigint,
  market: DeriveMarket,
): DeriveSystem {
  const setup = fieldsAt(vector, "setup");
  const deposits = fieldsAt(setup, "deposits");
  const traders = [counterparty, victim];
  let system = new DeriveSystem(terms, seconds, market);
  for (const account of traders) system.accounts.deposit(account, integerAt(deposits, account, 0n));
  const base = integerAt(setup, "base", 0n);
  if (base !== 0n) system.accounts.depositBase(victim, base);
  for (const [i, option] of listAt(setup, "options").entries()) {
    system.accounts.transfer(counterparty, victim, `option:${i}`, integerAt(option, "victimAmount"));
  }
  const perp = integerAt(setup, "victimPerp", 0n);
  if (perp !== 0n) system.accounts.transfer(counterparty, victim, "perp", perp);
  const withdrawal = integerAt(setup, "victimWithdrawal", 0n);
  if (withdrawal !== 0n) system.accounts.withdraw(victim, withdrawal);
  const others = Object.keys(deposits).filter((account) => !traders.includes(account));
  for (const [i, account] of others.entries()) {
    system = system.copy(seconds + BigInt(i + 1), market);
    system.accounts.deposit(account, integerAt(deposits, account));
  }
  return system;
}

const secondsPerYear = 31_536_000n;

/**
 * How long before second 0 the victim withdrew. The file does not list it among its inputs: it shows only in the interest of the first
 * step, of which it is the one unknown.
 */
function secondsOfSetUp(
  vector: Fields,
  first: Fields,
  terms: DeriveSystemTerms,
  market: DeriveMarket,
): bigint {
  const { seconds, totalSupply, totalBorrow } = setUp(vector, terms, 0n, market).accounts.lending();
  const after = isFields(first["after"]) ? first["after"] : {};
  const cash = isFields(after["cash"]) ? after["cash"] : {};
  const interest = integerAt(cash, "totalBorrow", totalBorrow) - totalBorrow;
  const perYear = mul(totalBorrow, borrowRate(terms.interest, totalSupply, totalBorrow));
  if (perYear <= 0n || interest <= 0n) return seconds;
  return seconds + (2n * interest * secondsPerYear + perYear) / (2n * perYear);
}

const operations = ["init", "startAuction", "bid", "convertToInsolventAuction", "terminateAuction"] as const;

/** Runs a step's operation. @returns what stands beside `after` in the vector. */
function operate(system: DeriveSystem, step: Fields): Fields {
  const operation = wordAt(step, "op", operations);
  if (operation === "startAuction") {
    const startFee = system.startAuction();
    return startFee === undefined ? {} : { startFee };
  }
  if (operation === "bid") {
    return { bid: { ...system.bid(String(step["bidder"]), integerAt(step, "fraction")) } };
  }
  if (operation === "init") system.accounts.accrue();
  else if (operation === "convertToInsolventAuction") system.convertToInsolventAuction();
  else system.terminateAuction();
  return {};
}

function termsOf(document: unknown, vector: Fields): DeriveSystemTerms {
  const setup = fieldsAt(vector, "setup");
  const bidders = listAt(vector, "steps").flatMap(({ bidder }) =>
    typeof bidder === "string" ? [bidder] : [],
  );
  const accounts = [
    victim,
    counterparty,
    securityModule,
    ...Object.keys(fieldsAt(setup, "deposits")),
    ...bidders,
  ];
  return {
    auction: deriveAuctionParams(namedFields(document, "auctionParams", vector["auctionParams"])),
    mtmCutoff: integerAt(vector, "mtmCutoff", 0n),
    market: readStandardMarketParams(namedSheet(document, "marketParams", vector["marketParams"])),
    depeg: readDepegParams(namedSheet(document, "depegParams", vector["depegParams"])),
    interest: modelOf(document, vector["interestModel"], "interestModels"),
    smFeeFraction: integerAt(vector, "smFee", 0n),
    victim,
    securityModule,
    accounts: [...new Set(accounts)],
    options: listAt(setup, "options").map(optionOf),
  };
}

/**
 * Options are priced to the last digit here and by approximations there, so whatever follows from a margin differs after the 17th digit of the
 * gross notional: a ten-thousandth of the published tolerance is left to it. Indexes and fractions are compared as factors.
 */
function toleranceFor(vector: Fields): (field: string) => Tolerance {
  const setup = fieldsAt(vector, "setup");
  const sizes = listAt(setup, "options").map((option) => integerAt(option, "victimAmount"));
  sizes.push(integerAt(setup, "victimPerp", 0n), integerAt(setup, "base", 0n));
  const spot = listAt(vector, "steps")
    .map((step) => marketOf(step).spot)
    .reduce(max, 0n);
  const gross = mul(sum(sizes.map(abs)), spot);
  const money = { absolute: (gross + one) / 10n ** 13n };
  return (field) => (/(Index|cashIndexes\.\w+|exchangeRate|Fraction)$/.test(field) ? factorTolerance : money);
}

export const deriveLiquidationSequences: VectorFamily = {
  family: "derive-liquidation-sequences",
  matches: (document) =>
    vectorsOf(document).some((vector) => "auctionParams" in vector && "setup" in vector && "steps" in vector),
  run: (document) => runSequenceCases(document, ["startFee", "bid"], runVector(document), toleranceFor),
};

const runVector =
  (document: unknown) =>
  (vector: Fields): readonly StepOutcome[] => {
    const steps = listAt(vector, "steps");
    const [first] = steps;
    if (!first) return [];
    const terms = termsOf(document, vector);
    const market = marketOf(first);
    const waited = secondsOfSetUp(vector, first, terms, market);
    let system = setUp(vector, terms, -waited, market);
    return steps.map((step): StepOutcome => {
      const at = [integerAt(step, "secondsSinceStart"), marketOf(step)] as const;
      const next = system.copy(...at);
      try {
        const beside = operate(next, step);
        system = next;
        return { after: system.report(), beside };
      } catch (error) {
        if (!(error instanceof StepReverted)) throw error;
        return { after: system.copy(...at).report(), reverted: { name: error.error } };
      }
    });
  };

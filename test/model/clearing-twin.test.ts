import assert from "node:assert/strict";
import { test } from "node:test";
import { runSeed, runSteps, shrink, type RunResult, workOf } from "./clearing/run.ts";
import { openingCount } from "./clearing/random-steps.ts";

// The engine beside a twin of maps, arrays and bigints, every event and every balance compared. `PLIMSOLL_SOAK=1` runs two million commands;
// `PLIMSOLL_SEED=n` runs one seed, which is the line that a failure prints.
const file = "test/model/clearing-twin.test.ts";
const stepsPerSeed = 2_000;
const firstSeed = 1;
const wanted = Number(process.env["PLIMSOLL_SEED"] ?? 0);
const seedCount = process.env["PLIMSOLL_SOAK"] === "1" ? 1_000 : 25;
const seeds = wanted > 0 ? [wanted] : Array.from({ length: seedCount }, (_, i) => firstSeed + i);

/** What the runs must have come by, or they compare too little. */
const events =
  "orderFilled traded positionChanged orderAmended orderTriggered quoteAccepted quoteExpired instrumentSettled fundingPaid interestPaid interestRateSet withdrawalSettled marginModeChanged marginCalled marginRestored parameterReached venueStatusChanged";
const refusals =
  "malformed unknownSigner notAuthorized unknownAccount unknownAsset unknownInstrument unknownOrder unknownQuote unknownWithdrawal alreadyDone venueHalted instrumentHalted instrumentExpired reduceOnly noPrice notATick overOrderSize outsidePriceBand wouldTake wouldNotFill duplicateClientOrderId overPositionLimit overOpenInterest overBorrowLimit insufficientBalance insufficientMargin";

/** Says how to see it again, and the fewest commands that it takes after the venue is open, as far as a minute finds them. */
function explain(seed: number, { failure = "", steps }: RunResult): string {
  const opening = steps.slice(0, openingCount);
  // Another fault on the way must not be taken for this one.
  const kindOf = (text: string): string => [...text.matchAll(/"(?:type|code)":"\w+"|^\w+/g)].join(" ");
  const failureOf = (rest: RunResult["steps"]): string =>
    runSteps([...opening, ...rest], workOf(seed)).failure ?? "";
  const deadline = performance.now() + 60_000;
  const few = shrink(
    steps.slice(openingCount),
    (rest) => performance.now() < deadline && kindOf(failureOf([...rest])) === kindOf(failure),
  );
  return [
    failure,
    `PLIMSOLL_SEED=${seed} npm run test:only -- ${file}`,
    `${few.length} commands do: ${failureOf([...few])}`,
    ...few.map((step) => JSON.stringify(step)),
  ].join("\n");
}

test(`engine and twin agree on ${seeds.length * stepsPerSeed} commands`, () => {
  const seen = new Set<string>();
  for (const seed of seeds) {
    const result = runSeed(seed, stepsPerSeed);
    if (result.failure !== undefined) assert.fail(explain(seed, result));
    for (const key of [...result.events.keys(), ...result.rejections.keys()]) seen.add(key);
  }
  if (wanted > 0) return;
  const missing = `${events} ${refusals}`.split(" ").filter((name) => !seen.has(name));
  assert.deepEqual(missing, [], "the runs reach all of these");
});

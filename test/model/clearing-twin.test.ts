import assert from "node:assert/strict";
import { test } from "node:test";
import { runSeed, runSteps, shrink, type RunResult } from "./clearing/run.ts";
import { openingSteps } from "./clearing/venue.ts";

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

function explain(seed: number, { failure, steps }: RunResult): string {
  // Without the longest tail of work: who looks for the fault has the seed.
  const deadline = performance.now() + 60_000;
  const fails = (some: RunResult["steps"]): boolean =>
    performance.now() < deadline && runSteps(some).failure !== undefined;
  const few = shrink(steps, (some) => fails([...some]));
  const opening = openingSteps([]).length;
  return [
    failure,
    `PLIMSOLL_SEED=${seed} npm run test:only -- ${file}`,
    `the same with ${few.length} commands, ${runSteps(few).failure ?? "though not at once"}; from the ${opening}th on:`,
    ...few.slice(opening).map((step) => JSON.stringify(step)),
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

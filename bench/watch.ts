import assert from "node:assert/strict";
import { Crowd } from "./crowd.ts";

const accountCount = 100_000;
const terms = { accounts: accountCount, hasPortfolios: false };

/** Relative move per second at a volatility of 100 % a year. */
const perSecond = 1 / Math.sqrt(365 * 86_400);

interface Result {
  readonly looks: number;
  readonly ms: number;
  readonly calls: number;
}

const callsOf = ({ counts }: Crowd): number =>
  (counts.get("marginCalled") ?? 0) + (counts.get("marginRestored") ?? 0);

/** Per price. */
function run(crowd: Crowd, prices: number, stepMs: number, vol: number, drift: number): Result {
  const { looks } = crowd;
  const calls = callsOf(crowd);
  const from = performance.now();
  const sigma = vol * perSecond * Math.sqrt(stepMs / 1_000);
  for (let at = 0; at < prices; at++) crowd.tick(stepMs, sigma, drift);
  return {
    looks: (crowd.looks - looks) / prices,
    ms: (performance.now() - from) / prices,
    calls: callsOf(crowd) - calls,
  };
}

const figures = ({ looks, ms }: Result): string =>
  `${looks.toFixed(1).padStart(10)} re-margins, ${ms.toFixed(3).padStart(8)} ms per price`;

/** Both machines on the same prices, which must call the same accounts. */
function compare(
  [watched, whole]: readonly [Crowd, Crowd],
  what: string,
  prices: number,
  vol: number,
  drift: number,
): void {
  const due = run(watched, prices, 1_000, vol, drift);
  const all = run(whole, prices, 1_000, vol, drift);
  assert.deepEqual(watched.counts, whole.counts, `${what}: as many calls`);
  assert.equal(watched.digest(), whole.digest(), `${what}: the same calls`);
  console.log(`  ${what}: ${due.calls} calls and lifted calls, the same of both`);
  console.log(`    due accounts ${figures(due)}`);
  console.log(`    all accounts ${figures(all)}`);
  console.log(
    `    ratio        ${(all.looks / due.looks).toFixed(1)} in re-margins, ${(all.ms / due.ms).toFixed(1)} in time`,
  );
}

/** The watch by itself over a week, a price a minute. All accounts would be as many re-margins per price as there are accounts. */
function week(what: string, days: readonly { readonly vol: number; readonly fall: number }[]): void {
  const crowd = new Crowd({ ...terms, looksAtAll: false });
  const perDay = 1_440;
  let [looks, calls, ms] = [0, 0, 0];
  for (const { vol, fall } of days) {
    const day = run(crowd, perDay, 60_000, vol, -fall / perDay);
    looks += day.looks / days.length;
    ms += day.ms / days.length;
    calls += day.calls;
  }
  console.log(`  ${what}: ${calls} calls and lifted calls`);
  console.log(
    `    due accounts ${figures({ looks, ms, calls })}; all would be ${(accountCount / looks).toFixed(0)} times as many`,
  );
}

/** The margin watch on 100,000 accounts, beside the same machine when all accounts are always due. */
export async function benchWatch(): Promise<void> {
  const count = accountCount.toLocaleString("en");
  for (const hasPortfolios of [false, true]) {
    const of = hasPortfolios ? "4 % under portfolio margin" : "isolated and cross margin";
    console.log(`\nmargin watch: ${count} accounts, ${of}, a price of each coin a second`);
    const pair = [
      new Crowd({ ...terms, hasPortfolios, looksAtAll: false }),
      new Crowd({ ...terms, hasPortfolios, looksAtAll: true }),
    ] as const;
    compare(pair, "calm: 40 % a year, 60 s", 60, 0.4, 0);
    compare(pair, "a fall of 30 % in 60 s", 60, 8, -0.006);
    compare(pair, "the 60 s after it", 60, 8, 0);
  }
  console.log(`\nmargin watch: ${count} accounts, isolated and cross margin, a price of each coin a minute`);
  week(
    "a calm week, 40 % a year",
    Array.from({ length: 7 }, () => ({ vol: 0.4, fall: 0 })),
  );
  const crash = [0.4, 0.6, 2, 2.5, 1.5, 1, 0.8].map((vol, at) => ({ vol, fall: at === 3 ? 0.5 : 0 }));
  week("a week with a day that halves prices", crash);
  await Promise.resolve();
}

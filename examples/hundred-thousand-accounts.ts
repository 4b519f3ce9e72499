// Margins a hundred thousand accounts in every scenario on all processors, checks an order, and takes a price tick.
// What each must hold under the whole model, add-ons and all, is `marginMany` of `preparePortfolioMargin`.
import { readFileSync } from "node:fs";
import { availableParallelism } from "node:os";
import { type Market, parseMarket, syntheticHistory } from "plimsoll/market";
import { randomStream } from "plimsoll/numerics";
import { jointMatrix, parseMarginParameters, preparePortfolioMargin } from "plimsoll/risk";
import { quantiseMatrix, shockMarket } from "plimsoll/risk";
import { threadedRemargin } from "plimsoll/service";

const text = (file: string) => readFileSync(new URL(import.meta.resolve(`plimsoll/${file}`)), "utf8");
const market = parseMarket(text("examples/market.json"));
const parameters = parseMarginParameters(text("params/plimsoll-margin.json"));
const history = syntheticHistory({ seed: 1, asOfMs: market.asOfMs });

/** What a lot of a tenth of a contract gains in each scenario, in whole millionths of a dollar: sums of them are exact. */
function profits(state: Market, ids: readonly string[]) {
  const prepared = preparePortfolioMargin({ market: state, parameters, history });
  return quantiseMatrix(jointMatrix(prepared.matrix, [], ids).matrix, { unitUsd: 1e-6, lotContracts: 0.1 });
}
const ids = [...market.instruments.keys()].sort();
const random = randomStream(1);
const [accountCount, positionCount] = [100_000, 300_000];
const starts = Uint32Array.from({ length: accountCount + 1 }, (_, account) => 3 * account);
const instruments = Uint32Array.from({ length: positionCount }, () => random.nextBelow(ids.length));
const lots = Float64Array.from({ length: positionCount }, () => random.nextBelow(201) - 100);
const groups = ids.map((id) => (id.startsWith("BTC") ? 1 : 0));
const options = { groups, threadCount: availableParallelism() };
const engine = await threadedRemargin(
  { accountCount, starts, instruments, lots },
  profits(market, ids),
  options,
);

const worst = engine.worst(); // the engine keeps it up to date
const usd = (units: number) => `${Math.round(units / 1e6)} USD`;
console.log(
  `${accountCount} accounts in ${engine.scenarioCount} scenarios; account 7: ${usd(worst[7]!)} in its worst`,
);
const order = engine.checkOrder(7, ids.indexOf("BTC-PERPETUAL"), 50_000);
console.log(`account 7 after buying 5000 BTC-PERPETUAL: ${usd(order.worstUnits)}`);
const btc = ids.filter((_, at) => groups[at] === 1);
const { pnlUnits } = profits(shockMarket(market, { underlying: "BTC", spotMove: -0.01 }), btc);
const touched = engine.applyTick({ instruments: btc.map((id) => ids.indexOf(id)), pnlUnits });
console.log(`BTC falls 1%: ${touched.length} accounts re-margined; account 7: ${usd(worst[7]!)}`);
await engine.close();

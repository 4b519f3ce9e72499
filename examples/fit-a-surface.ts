// An arbitrage-free volatility surface from an option chain: what it says, how well it fits, what is wrong with the quotes.
import { readFileSync } from "node:fs";
import { expiryLabel, parseMarket } from "plimsoll/market";
import { log } from "plimsoll/numerics";
import { black76Greeks, fitSurface } from "plimsoll/pricing";

const text = (file: string) => readFileSync(new URL(import.meta.resolve(`plimsoll/${file}`)), "utf8");
const market = parseMarket(text("examples/market.json"));

for (const [underlying, { surface, expiries, findings }] of fitSurface(market)) {
  console.log(`${underlying}: ${expiries.length} expiries, ${findings.length} arbitrages in quotes or fit`);
  for (const { expiryMs, expiryYears, forward, quotesUsed, rmseVolPoints } of expiries) {
    // volatility at any strike and expiry, quoted or not
    const strike = 1.1 * forward;
    const { value: atm } = surface.volAt(expiryMs, 0);
    const { value: vol } = surface.volAt(expiryMs, log(strike / forward));
    const { price, delta } = black76Greeks({ optionType: "call", forward, strike, expiryYears, vol });
    console.log(
      `  ${expiryLabel(expiryMs).padEnd(8)} ${quotesUsed} quotes fitted to ${rmseVolPoints.toFixed(3)} points;`,
      `at the money ${(100 * atm).toFixed(1)}%, 110% strike ${(100 * vol).toFixed(1)}%:`,
      `call ${price.toFixed(2)}, delta ${delta.toFixed(3)}`,
    );
  }
}

import { PlimsollError } from "../../quantity/index.ts";
import { studyCoins } from "../crash/plan.ts";
import { findSources } from "../population/find-sources.ts";
import { dayMs } from "./panels.ts";
import { type TradedCoin } from "./crash-fund.ts";
import { type CrashWindow } from "./procyclicality.ts";

/** More than are traded, since some were not recorded for long enough. */
const candidates = 4 * studyCoins;

/** Coins that `plimsoll crash` would trade in a window, its first choice first; none in a window that no folder has prices of. */
export async function crashCoins(
  folders: readonly string[],
  window: CrashWindow,
): Promise<readonly TradedCoin[]> {
  const span = {
    fromMs: Date.parse(window.from),
    toMs: Date.parse(window.to) + dayMs - 1,
    coins: candidates,
  };
  for (const folder of folders) {
    try {
      const { used } = await findSources(folder, span);
      const priced = used.filter(({ role }) => role === "spot" || role === "perpetual");
      const coins = new Map<string, TradedCoin>();
      for (const { coin, volumeUsd } of priced)
        if (!coins.has(coin)) coins.set(coin, { name: coin, volumeUsd });
      return [...coins.values()];
    } catch (cause) {
      if (!(cause instanceof PlimsollError && cause.code === "PLM_FEED")) throw cause;
    }
  }
  return [];
}

import { type LaboratoryResult } from "../analyse.ts";
import { closeOutHours, worstLoss } from "../crash-fund.ts";
import { countText, hoursText, shareText, targetText, usdText } from "../texts.ts";
import { markup, type Markup } from "./markup.ts";
import { table } from "./table.ts";

/** Without its currency, which the note names. */
const short = (usd: number): string => usdText(usd).replace(/ USD$/, "");

/** What the documented population left unpaid in each crash, beside the fund. */
export function crashFundSection({ crashFunds, ours }: LaboratoryResult): Markup {
  const title = markup`<h2>Crashes against the fund</h2>`;
  const [first] = crashFunds;
  if (!first) return markup`${title}<p>Not measured in this run: it takes recorded prices of a crash.</p>`;
  const levels = first.tails.map(({ level }) => level);
  const within = (of: (fund: LaboratoryResult["crashFunds"][number]) => number): number =>
    crashFunds.filter((fund) => (worstLoss(fund)?.beyondUsd ?? 0) <= of(fund)).length;
  return markup`${title}
<p>The ${countText(first.accounts)} accounts of <code>plimsoll crash</code> hold their perpetuals and coins through each crash. At every start each has exactly what ${ours.title}
asks of it initially, the least that lets it trade: whatever it had beyond is gone. Nobody adds money, trades or is closed out before the window ends. What they lose beyond that, costs of closing
included, at the worst hour of the worst window, stands beside the fund as <code>plimsoll stress</code> sizes it on the crash’s first instant, knowing nothing later. Of ${crashFunds.length} crashes ${within((fund) => fund.coverTwoUsd)} are within Cover-2, and ${within((fund) => fund.allUsd)} within what all accounts would lose in the worst plausible scenario.</p>
${table(
  [
    "Crash",
    ">posted",
    ...closeOutHours.map((hours) => `>unpaid, ${hoursText(hours)}`),
    ">of posted",
    ">accounts",
    ">Cover-2",
    ...levels.map((level) => `>ES ${targetText(level)}`),
    ">all losers",
    ">",
  ],
  crashFunds.map((fund) => {
    const worst = worstLoss(fund);
    const unpaid = worst?.beyondUsd ?? 0;
    const holds = unpaid <= fund.coverTwoUsd;
    return [
      fund.crash,
      short(fund.requiredUsd),
      ...closeOutHours.map((hours) =>
        short(fund.losses.find((one) => one.hours === hours)?.beyondUsd ?? Number.NaN),
      ),
      worst && worst.requiredUsd > 0 ? shareText(unpaid / worst.requiredUsd) : "–",
      countText(worst?.accountsBeyond ?? 0),
      markup`<b>${short(fund.coverTwoUsd)}</b>`,
      ...levels.map((level) =>
        short(fund.tails.find((tail) => tail.level === level)?.expectedShortfallUsd ?? Number.NaN),
      ),
      short(fund.allUsd),
      markup`<span class="${holds ? "pass" : "fail"}">${holds ? "covered" : "beyond"}</span>`,
    ];
  }),
)}
<p class="note">USD. “Posted”: all initial requirements at the crash’s start. “Unpaid”: within so long of a start, the worst window’s share of what was posted then, and the accounts with nothing left in it. “Cover-2”: what the two accounts that lose most in the worst plausible scenario lose beyond that; “all losers”: the same of all
accounts, in their worst scenario; “ES”: the Expected Shortfall of all accounts’ losses over past moves. The losses are of all accounts together. In the venue an account is closed out from its maintenance requirement on, so less is left unpaid: <code>plimsoll crash</code> runs
that. Coins, and the worst window of each length with its hour, are in <a href="crash-fund.csv">crash-fund.csv</a>.</p>`;
}

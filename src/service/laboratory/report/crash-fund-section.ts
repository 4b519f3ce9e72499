import { type LaboratoryResult } from "../analyse.ts";
import { closeOutHours, worstLoss } from "../crash-fund.ts";
import { countText, hoursText, shareText, usdText } from "../texts.ts";
import { markup, type Markup } from "./markup.ts";
import { dayText, table } from "./table.ts";

const instantText = (ms: number): string => `${dayText(ms)} ${new Date(ms).toISOString().slice(11, 16)}`;

/** What the documented population left unpaid in each crash, beside the fund. */
export function crashFundSection({ crashFunds, ours }: LaboratoryResult): Markup {
  const title = markup`<h2>Crashes against the fund</h2>`;
  const [first] = crashFunds;
  if (!first) return markup`${title}<p>Not measured in this run: it takes recorded prices of a crash.</p>`;
  const levels = first.tails.map(({ level }) => level);
  return markup`${title}
<p>The ${countText(first.accounts)} accounts of <code>plimsoll crash</code> hold their perpetuals and coins through each crash. At every start each has exactly what ${ours.title}
asks of it initially, the least that lets it trade: whatever it had beyond is gone. Nobody adds money, trades or is closed out before the window ends. What they lose beyond that, costs of closing
included, at the worst hour of the worst window, stands beside the fund as <code>plimsoll stress</code> sizes it on the crash’s first instant, knowing nothing later.</p>
${table(
  [
    "Crash",
    "Coins",
    ">posted",
    ...closeOutHours.map((hours) => `>unpaid within ${hoursText(hours)}`),
    ">of posted",
    ">accounts",
    ">largest",
    ">worst hour, UTC",
    ">Cover-2",
    ...levels.map((level) => `>Expected Shortfall ${shareText(level)}`),
    ">all losers",
    "",
  ],
  crashFunds.map((fund) => {
    const worst = worstLoss(fund);
    const unpaid = worst?.beyondUsd ?? 0;
    const holds = unpaid <= fund.coverTwoUsd;
    return [
      fund.crash,
      fund.coins.join(", "),
      usdText(fund.requiredUsd),
      ...closeOutHours.map((hours) => {
        const loss = fund.losses.find((one) => one.hours === hours);
        return loss ? usdText(loss.beyondUsd) : "–";
      }),
      worst && worst.requiredUsd > 0 ? shareText(unpaid / worst.requiredUsd) : "–",
      countText(worst?.accountsBeyond ?? 0),
      usdText(worst?.largestUsd ?? 0),
      worst && unpaid > 0 ? instantText(worst.worstMs) : "–",
      markup`<b>${usdText(fund.coverTwoUsd)}</b>`,
      ...levels.map((level) =>
        usdText(fund.tails.find((tail) => tail.level === level)?.expectedShortfallUsd ?? Number.NaN),
      ),
      usdText(fund.allUsd),
      markup`<span class="${holds ? "pass" : "fail"}">${holds ? "covered" : "beyond"}</span>`,
    ];
  }),
)}
<p class="note">“Posted”: all initial requirements at the crash’s start. “Cover-2”: what the two accounts that lose most in the worst plausible scenario lose beyond that; “all losers”: the same of all
accounts, in their worst scenario. The losses are of all accounts together. In the venue an account is closed out from its maintenance requirement on, so less is left unpaid: <code>plimsoll crash</code> runs
that. The worst window of each length, with its start, is in <a href="crash-fund.csv">crash-fund.csv</a>.</p>`;
}

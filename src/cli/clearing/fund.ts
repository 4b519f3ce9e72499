import { PlimsollError } from "../../quantity/index.ts";
import { type FundSizingView } from "../../service/fund-sizing/index.ts";
import { type CommandOutput } from "../command-output.ts";
import { formatUsd } from "../output/format.ts";
import { textTable } from "../output/table.ts";
import { accountOf, type ServiceOptions, withService } from "./service-client.ts";

export interface FundOptions extends ServiceOptions {
  readonly account?: string;
}

const usd = (amount: string): string => formatUsd(Number(amount));

const hourMs = 3_600_000;
const rounded = (count: number): string => String(Math.round(count * 100) / 100);
const cooldown = (ms: number): string =>
  ms >= 48 * hourMs ? `${rounded(ms / (24 * hourMs))} days` : `${rounded(ms / hourMs)} hours`;

/** How the fund compares with what it is there for. */
function coverLine({ coverTwoUsd, shortfallUsd, short }: FundSizingView): string {
  if (Number(coverTwoUsd) === 0) return "No plausible scenario leaves anyone below 0 (`plimsoll stress`).";
  const losers = `The two largest losers of the worst plausible scenario would lack ${usd(coverTwoUsd)} USD`;
  return `${losers}: the fund ${short ? `is SHORT of ${usd(shortfallUsd)} of what it would need` : "covers that"} (\`plimsoll stress\`).`;
}

const needsKey = (account: string): PlimsollError =>
  new PlimsollError("PLM_USAGE", {
    field: "--key",
    value: undefined,
    limit: `a key of account ${account}, since only its owner may see what it has staked`,
    remedy: "Name the file of its secret with --key FILE, or set PLIMSOLL_KEY; or leave out --account.",
  });

/** `plimsoll fund`: the insurance fund of a running service, and what an account has staked in it. */
export async function fundCommand(options: FundOptions): Promise<CommandOutput> {
  return withService(options, async (client) => {
    if (options.account !== undefined && client.signer === undefined) throw needsKey(options.account);
    const fund = await client.read.fund();
    const asksForStakes = options.account !== undefined || client.signer !== undefined;
    const stakes = asksForStakes
      ? await client.read.stakes({ account: await accountOf(client, options.account) })
      : undefined;
    const { asset } = fund;
    const table = textTable(
      [{ title: "tranche" }, { title: "market" }, { title: asset, align: "right" }],
      [
        ...fund.tranches.map(({ tranche, instrument = "", balance }) => [tranche, instrument, balance]),
        null,
        ["all", "", fund.balance],
      ],
    );
    const lines = [
      `${fund.shareUnits === 0 ? "Nobody has staked anything." : `One share of the staked tranche is worth ${fund.shareWorth} ${asset}; ${fund.shares} are out.`} The cooldown is ${cooldown(fund.cooldownMs)}.`,
      ...(fund.sizing === undefined ? [] : [coverLine(fund.sizing)]),
      fund.shortfallUsd === "0"
        ? "No account owes more than it has."
        : `Insolvent accounts lack ${usd(fund.shortfallUsd)} USD; the fund cannot cover ${usd(fund.uncoveredUsd)} of it.`,
      ...(fund.withdrawalsGated ? ["Withdrawals are limited until that is settled."] : []),
      ...(fund.stakingOpen ? [] : ["Nobody enters or leaves the staked tranche until then."]),
      ...(stakes === undefined
        ? []
        : [
            `Account ${stakes.account} has ${stakes.shares} shares, worth ${stakes.worth} ${asset}.`,
            ...stakes.requests.map(
              ({ shares, worth, dueMs }) =>
                `${shares} more, worth ${worth}, are paid out at ${new Date(dueMs).toISOString()}.`,
            ),
          ]),
    ];
    return {
      text: `${table}\n\n${lines.join("\n")}`,
      json: { fund, ...(stakes === undefined ? {} : { stakes }) },
    };
  });
}

import { type CommandOutput } from "../command-output.ts";
import { textTable } from "../output/table.ts";
import { accountOf, type ServiceOptions, withService } from "./service-client.ts";

export interface FundOptions extends ServiceOptions {
  readonly account?: string;
}

/** `plimsoll fund`: the insurance fund of a running service, and what an account has staked in it. */
export async function fundCommand(options: FundOptions): Promise<CommandOutput> {
  return withService(options, async (client) => {
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
      `One share of the staked tranche is worth ${fund.shareWorth} ${asset}; ${fund.shares} are out. The cooldown is ${fund.cooldownMs / 86_400_000} days.`,
      fund.shortfallUsd === "0"
        ? "No account owes more than it has."
        : `Insolvent accounts lack ${fund.shortfallUsd} USD; the fund cannot cover ${fund.uncoveredUsd} of it.`,
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

import { type Client, type EndedLiquidationView, type LiquidationView } from "../../service/client/index.ts";
import { type CommandOutput } from "../command-output.ts";
import { formatInstant, formatNumber } from "../output/format.ts";
import { startProgress } from "../output/progress.ts";
import { textTable } from "../output/table.ts";
import { wholeOption } from "./serve-options.ts";
import { type ServiceOptions, withService } from "./service-client.ts";

export interface LiquidationsOptions extends ServiceOptions {
  /** How many past ones; 10. */
  readonly past?: string;
}

/** Past liquidations that one answer tells; `plimsoll export` has all. */
const mostPast = 10_000;

async function allRunning(client: Client): Promise<{ running: LiquidationView[]; callable: number[] }> {
  const progress = startProgress("liquidations");
  const running: LiquidationView[] = [];
  for (let from: number | undefined = 0; ;) {
    const page = await client.read.liquidations({ from, limit: 100 });
    running.push(...page.liquidations);
    progress.show(running.length, "read");
    from = page.next;
    if (from !== undefined) continue;
    progress.end();
    return { running, callable: page.callable.map(({ account }) => account) };
  }
}

async function pastOnes(client: Client, most: number): Promise<EndedLiquidationView[]> {
  const rows: EndedLiquidationView[] = [];
  if (most === 0) return rows;
  for await (const row of client.history("pastLiquidations", {})) {
    rows.push(row);
    if (rows.length === most) break;
  }
  return rows;
}

const seconds = (ms: number): string => `${formatNumber(ms / 1_000, 1)} s`;

/** `plimsoll liquidations`: accounts in liquidation at a running service, those that could be, and how the last ones went. */
export async function liquidationsCommand(options: LiquidationsOptions): Promise<CommandOutput> {
  const most = wholeOption("--past", options.past ?? "10", 0, mostPast);
  return withService(options, async (client) => {
    const { running, callable } = await allRunning(client);
    const past = await pastOnes(client, most);
    const { timeMs, status } = await client.read.venue();
    const runningTable = textTable(
      [
        { title: "liquidation", align: "right" },
        { title: "account", align: "right" },
        { title: "stage" },
        { title: "since", align: "right" },
        { title: "steps", align: "right" },
        { title: "auction", align: "right" },
      ],
      running.map(({ liquidation, account, stage, startedMs, steps, auction }) => [
        String(liquidation),
        String(account),
        stage,
        seconds(Math.max(0, timeMs - startedMs)),
        String(steps),
        auction === undefined ? "" : String(auction),
      ]),
    );
    const pastTable = textTable(
      [
        { title: "ended" },
        { title: "liquidation", align: "right" },
        { title: "account", align: "right" },
        { title: "outcome" },
        { title: "took", align: "right" },
        { title: "commands", align: "right" },
        { title: "steps", align: "right" },
      ],
      past.map((row) => [
        formatInstant(row.timeMs),
        String(row.liquidation),
        String(row.account),
        row.outcome,
        seconds(row.durationMs),
        String(row.commands),
        String(row.steps),
      ]),
    );
    const text = [
      running.length === 0 ? "No account is in liquidation." : runningTable,
      ...(status === "halted"
        ? ["The venue is halted: until it reopens only deposits end a liquidation."]
        : []),
      ...(callable.length === 0
        ? []
        : [
            `Below maintenance margin, and not begun: ${callable.map((account) => `account ${account}`).join(", ")}.`,
          ]),
      ...(past.length === 0 ? [] : [pastTable]),
    ];
    return { text: text.join("\n\n"), json: { status, liquidations: running, callable, past } };
  });
}

import { compareCommand } from "./compare.ts";
import { type CommandOutput } from "./command-output.ts";

/** `plimsoll demo`: the example book on the example market under every model, and where to go from there. */
export async function demoCommand(): Promise<CommandOutput> {
  const { text, json } = await compareCommand({});
  const next = [
    "Next:",
    "  npm run plimsoll -- explain                                  every term of our requirement, position by position",
    "  npm run plimsoll -- margin --chart book.svg                  with profit by scenario and a spot × volatility map",
    "  npm run plimsoll -- margin my-book.json --market my.json     your own book; formats in docs/formats.md",
  ];
  return { text: `${text}\n\n${next.join("\n")}`, json };
}

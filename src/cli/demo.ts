import { compareCommand } from "./compare.ts";
import { type CommandOutput } from "./command-output.ts";

/** `plimsoll demo`: the example book on the example market under every model, and where to go from there. */
export async function demoCommand(): Promise<CommandOutput> {
  const { text, json } = await compareCommand({});
  // a clone runs the sources, an installed package what was built of them
  const run = import.meta.url.endsWith(".ts") ? "npm run plimsoll --" : "npx plimsoll";
  const width = `${run} margin my-book.json --market my.json`.length + 5;
  const next = [
    ["explain", "every term of our requirement, position by position"],
    ["margin --chart book.svg", "with profit by scenario and a spot × volatility map"],
    ["margin my-book.json --market my.json", "your own book; formats in docs/formats.md"],
  ].map(([command, shows]) => `  ${`${run} ${command}`.padEnd(width)}${shows}`);
  return { text: `${text}\n\nNext:\n${next.join("\n")}`, json };
}

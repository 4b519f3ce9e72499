import { type MarginParameters, parseMarginParameters } from "../risk/index.ts";
import { packageFile } from "./input/package-file.ts";
import { readText } from "./input/read-file.ts";

/** The shipped parameters of our portfolio margin. */
export async function defaultMarginParameters(): Promise<MarginParameters> {
  return parseMarginParameters(await readText(packageFile("params/plimsoll-margin.json")));
}

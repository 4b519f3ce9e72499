import { type DataFile } from "./data-files.ts";

/** What a result rests on: enough to make it again. */
export interface Provenance {
  /** As it was called, without paths of this machine: `plimsoll backtest --data DIR --seed 1`. */
  readonly command: string;
  readonly version: string;
  /** Of everything that was drawn to fill the observations. */
  readonly seed: number;
  /** Of our parameters. */
  readonly parameters: DataFile;
  readonly data: readonly DataFile[];
  /** Files that were not there, with the books they would have given; other things left out. */
  readonly leftOut: readonly string[];
  /** What is simulated, assumed or filtered, in sentences. */
  readonly notes: readonly string[];
}

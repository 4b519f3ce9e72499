import { oneLine } from "../output/plain-text.ts";

/** Shows warnings on standard error: as a line, or as a line of JSON. What comes before the start is kept until it was announced. */
export class ServeWarnings {
  readonly #isJson: boolean;
  #early: string[] | undefined = [];
  /** Called after each, so that what is drawn over on a terminal begins anew below it. */
  onShown: () => void = () => undefined;

  constructor(isJson: boolean) {
    this.#isJson = isJson;
  }

  show(warning: string): void {
    if (this.#early !== undefined) {
      this.#early.push(warning);
      return;
    }
    const text = oneLine(warning);
    const line = this.#isJson ? JSON.stringify({ event: "warning", warning: text }) : `warning: ${text}`;
    process.stderr.write(`${line}\n`);
    this.onShown();
  }

  /** Shows what waited. */
  release(): void {
    const early = this.#early ?? [];
    this.#early = undefined;
    for (const warning of early) this.show(warning);
  }
}

import { type Checked, checkHistoryText, type History } from "../../market/index.ts";
import { type PlimsollError } from "../../quantity/error.ts";
import { checkMarginParametersText, type MarginParameters } from "../../risk/parameters/index.ts";
import { type SetRiskDocument } from "../protocol/commands.ts";
import { type Rejection } from "../protocol/rejections.ts";
import { type StateSection } from "../state/section.ts";
import { ChunkedSection } from "./chunked-section.ts";

const fromText = (text: string): Uint8Array => new TextEncoder().encode(text);
const toText = (bytes: Uint8Array): string => new TextDecoder().decode(bytes);

const valueOf = <T>(checked: Checked<T>): T | undefined => ("value" in checked ? checked.value : undefined);

function refusal(errors: readonly PlimsollError[]): Rejection {
  const [first] = errors;
  return {
    code: "invalidSpec",
    field: `text: ${first?.field ?? ""}`,
    value: String(first?.value).slice(0, 80),
    limit: first?.limit ?? "",
  };
}

/** The documents that portfolio margin works from, as they were set: text in the state, parsed beside it. */
export class RiskDocuments {
  readonly #parametersSection: ChunkedSection;
  readonly #historySection: ChunkedSection;
  parameters: MarginParameters | undefined;
  history: History | undefined;
  readonly sections: readonly StateSection[];

  readonly #onChange: () => void;

  /** @param onChange - told after each change. */
  constructor(onChange: () => void) {
    this.#onChange = onChange;
    this.#parametersSection = new ChunkedSection("margin-parameters", (bytes) => {
      this.parameters = valueOf(checkMarginParametersText(toText(bytes)));
    });
    this.#historySection = new ChunkedSection("margin-history", (bytes) => {
      this.history = valueOf(checkHistoryText(toText(bytes)));
    });
    this.sections = [this.#historySection, this.#parametersSection];
  }

  /** Takes a document, or says what is wrong with it and keeps the one before. An empty history takes the history away. */
  set(document: SetRiskDocument["document"], text: string): Rejection | undefined {
    if (document === "history") {
      if (text === "") this.history = undefined;
      else {
        const checked = checkHistoryText(text);
        const history = valueOf(checked);
        if (!history) return refusal(checked.errors);
        this.history = history;
      }
      this.#historySection.set(fromText(text));
    } else {
      const checked = checkMarginParametersText(text);
      const parameters = valueOf(checked);
      if (!parameters) return refusal(checked.errors);
      this.parameters = parameters;
      this.#parametersSection.set(fromText(text));
    }
    this.#onChange();
    return undefined;
  }
}

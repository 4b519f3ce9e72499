import { type Checked, checkHistoryText, type History } from "../../market/index.ts";
import { type PlimsollError } from "../../quantity/error.ts";
import { checkMarginParametersText, type MarginParameters } from "../../risk/parameters/index.ts";
import { type SetRiskDocument } from "../protocol/commands.ts";
import { type Rejection } from "../protocol/rejections.ts";
import { type ByteReader, type ByteWriter } from "../state/bytes.ts";
import { DirtyLeaves } from "../state/dirty-leaves.ts";
import { type StateSection } from "../state/section.ts";
import { ChunkedSection } from "./chunked-section.ts";

type DocumentName = SetRiskDocument["document"];

/** Requirements take so long from those of the documents before to those of a new one. */
export const rampMs: Readonly<Record<DocumentName, number>> = {
  marginParameters: 86_400_000,
  history: 3_600_000,
};

/** What a model of portfolio margin is made from, and the share of the requirement that it makes. Shares add up to 1. */
export interface WeightedDocuments {
  readonly share: number;
  readonly parameters: MarginParameters;
  readonly history: History | undefined;
}

const fromText = (text: string): Uint8Array => new TextEncoder().encode(text);
const toText = (bytes: Uint8Array): string => new TextDecoder().decode(bytes);
const nothing = new Uint8Array(0);

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

/** Both documents: text in the state, parsed beside it. */
class DocumentPair {
  readonly #parameters: ChunkedSection;
  readonly #history: ChunkedSection;
  parameters: MarginParameters | undefined;
  history: History | undefined;
  readonly sections: readonly StateSection[];

  /** @param suffix - of the sections' names. */
  constructor(suffix: string) {
    this.#parameters = new ChunkedSection(`margin-parameters${suffix}`, (bytes) => {
      this.parameters = valueOf(checkMarginParametersText(toText(bytes)));
    });
    this.#history = new ChunkedSection(`margin-history${suffix}`, (bytes) => {
      this.history = valueOf(checkHistoryText(toText(bytes)));
    });
    this.sections = [this.#history, this.#parameters];
  }

  setParameters(text: string, parameters: MarginParameters): void {
    this.parameters = parameters;
    this.#parameters.set(fromText(text));
  }

  setHistory(text: string, history: History | undefined): void {
    this.history = history;
    this.#history.set(fromText(text));
  }

  take(other: DocumentPair): void {
    this.parameters = other.parameters;
    this.history = other.history;
    this.#parameters.set(other.#parameters.bytes);
    this.#history.set(other.#history.bytes);
  }

  clear(): void {
    this.parameters = undefined;
    this.history = undefined;
    this.#parameters.set(nothing);
    this.#history.set(nothing);
  }
}

/** When the way from the former documents to the present ones began and ends; 0: there is none. Leaf 0. */
class Ramp implements StateSection {
  readonly name = "margin-ramp";
  readonly leafCount = 1;
  readonly dirty: DirtyLeaves = new DirtyLeaves();
  startMs = 0;
  endMs = 0;

  constructor() {
    this.dirty.mark(0);
  }

  set(startMs: number, endMs: number): void {
    this.startMs = startMs;
    this.endMs = endMs;
    this.dirty.mark(0);
  }

  encodeLeaf(_index: number, out: ByteWriter): void {
    out.integer(this.startMs);
    out.integer(this.endMs);
  }

  decodeLeaf(_index: number, from: ByteReader): void {
    this.startMs = from.integer();
    this.endMs = from.integer();
  }

  finishRestore(): void {
    this.dirty.take();
  }
}

/**
 * The documents that portfolio margin works from. A new one comes into force little by little: no requirement jumps because a document
 * changed.
 */
export class RiskDocuments {
  readonly #present: DocumentPair = new DocumentPair("");
  readonly #former: DocumentPair = new DocumentPair("-former");
  readonly #ramp: Ramp = new Ramp();
  readonly #onChange: () => void;
  readonly sections: readonly StateSection[] = [
    ...this.#present.sections,
    ...this.#former.sections,
    this.#ramp,
  ];

  /** @param onChange - told after each change. */
  constructor(onChange: () => void) {
    this.#onChange = onChange;
  }

  get isComplete(): boolean {
    return this.#present.parameters !== undefined;
  }

  /**
   * Takes a document, or says what is wrong with it and keeps the one before. An empty history takes the history away.
   *
   * @param isInUse - requirements are made from the documents already: then they ramp, and no other document is taken meanwhile.
   */
  set(document: DocumentName, text: string, nowMs: number, isInUse: boolean): Rejection | undefined {
    if (nowMs < this.#ramp.endMs) {
      const limit = `after the last document is in force, at ${this.#ramp.endMs}`;
      return { code: "overCapacity", field: "document", value: document, limit };
    }
    return document === "history"
      ? this.#take(document, checkHistory(text), nowMs, isInUse, (history) => {
          this.#present.setHistory(text, history);
        })
      : this.#take(document, checkMarginParametersText(text), nowMs, isInUse, (parameters) => {
          this.#present.setParameters(text, parameters);
        });
  }

  #take<T>(
    document: DocumentName,
    checked: Checked<T>,
    nowMs: number,
    isInUse: boolean,
    put: (value: T) => void,
  ): Rejection | undefined {
    if (!("value" in checked)) return refusal(checked.errors);
    if (isInUse && this.isComplete) {
      this.#former.take(this.#present);
      this.#ramp.set(nowMs, nowMs + rampMs[document]);
    }
    put(checked.value);
    this.#onChange();
    return undefined;
  }

  /** Forgets the former documents once the present ones are wholly in force. */
  finishRamp(nowMs: number): void {
    if (this.#ramp.endMs === 0 || nowMs < this.#ramp.endMs) return;
    this.#former.clear();
    this.#ramp.set(0, 0);
  }

  /** What is in force at an instant; empty without parameters. The present documents come last. */
  inForce(timeMs: number): readonly WeightedDocuments[] {
    const { startMs, endMs } = this.#ramp;
    const share = endMs === 0 ? 1 : Math.max(0, Math.min(1, (timeMs - startMs) / (endMs - startMs)));
    return [
      { pair: this.#former, share: 1 - share },
      { pair: this.#present, share },
    ].flatMap(({ pair: { parameters, history }, share: part }) =>
      parameters && part > 0 ? [{ share: part, parameters, history }] : [],
    );
  }
}

/** An empty text is no history. */
const checkHistory = (text: string): Checked<History | undefined> =>
  text === "" ? { value: undefined, errors: [] } : checkHistoryText(text);

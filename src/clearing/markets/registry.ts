import { invariant } from "../../quantity/error.ts";
import { type ByteReader, type ByteWriter } from "../state/bytes.ts";
import { DirtyLeaves } from "../state/dirty-leaves.ts";
import { type StateSection } from "../state/section.ts";
import { type Columns, growColumns, makeColumns } from "./columns.ts";

/** Listed things by number, in order of listing, and by name; each with a row of safe integers. One leaf per thing. */
export class Registry<Name extends string> implements StateSection {
  readonly name: string;
  readonly dirty: DirtyLeaves = new DirtyLeaves();
  /** Names by number. */
  readonly labels: string[] = [];
  /** One array per column, indexed by number. Arrays are replaced when the registry grows: read them through here each time. */
  readonly columns: Columns<Name>;
  readonly #columnNames: readonly Name[];
  readonly #numbers = new Map<string, number>();

  constructor(name: string, columnNames: readonly Name[]) {
    this.name = name;
    this.#columnNames = columnNames;
    this.columns = makeColumns(columnNames);
  }

  /** How many are listed. Numbers are 0 … count − 1. */
  get count(): number {
    return this.labels.length;
  }

  get leafCount(): number {
    return this.labels.length;
  }

  has(index: number): boolean {
    return Number.isInteger(index) && index >= 0 && index < this.labels.length;
  }

  /** The number of what was listed under `label`, −1 if nothing was. */
  find(label: string): number {
    return this.#numbers.get(label) ?? -1;
  }

  label(index: number): string {
    const label = this.labels[index];
    invariant(label !== undefined, `${this.name} ${index} is listed`);
    return label;
  }

  get(column: Name, index: number): number {
    return this.columns[column][index] ?? NaN;
  }

  set(column: Name, index: number, value: number): void {
    invariant(Number.isSafeInteger(value), `${this.name} hold safe integers`);
    const values: Float64Array = this.columns[column];
    if (values[index] === value) return;
    values[index] = value + 0;
    this.dirty.mark(index);
  }

  /** Lists a new thing, whose name is free, and returns its number. */
  add(label: string, row: Readonly<Record<Name, number>>): number {
    return this.#append(label, (column) => row[column]);
  }

  #append(label: string, value: (column: Name) => number): number {
    invariant(!this.#numbers.has(label), `${label} is a new name`);
    const index = this.labels.length;
    growColumns(this.columns, this.#columnNames, index + 1);
    this.labels.push(label);
    this.#numbers.set(label, index);
    this.dirty.mark(index);
    for (const column of this.#columnNames) this.set(column, index, value(column));
    return index;
  }

  encodeLeaf(index: number, out: ByteWriter): void {
    out.text(this.label(index));
    for (const name of this.#columnNames) out.integer(this.get(name, index));
  }

  decodeLeaf(index: number, from: ByteReader): void {
    invariant(index === this.labels.length, `${this.name} are restored in order`);
    this.#append(from.text(), () => from.integer());
  }

  finishRestore(leafCount: number): void {
    invariant(leafCount === this.labels.length, `${this.name}: no leaf is empty`);
    this.dirty.take();
  }
}

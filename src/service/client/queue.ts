import { PlimsollError } from "../../quantity/error.ts";

/** Items that one reader has not taken yet: at most so many. */
export class BoundedQueue<T extends object> implements AsyncIterableIterator<T, undefined> {
  readonly #most: number;
  readonly #onReturn: () => void;
  #items: T[] = [];
  #waiting: {
    readonly resolve: (result: IteratorResult<T, undefined>) => void;
    readonly reject: (error: unknown) => void;
  }[] = [];
  #end: { readonly error: PlimsollError | undefined } | undefined;

  /** @param most - 1: only the latest item is kept, which stands for those before it. More: above it the reader gets an error. */
  constructor(most: number, onReturn: () => void) {
    this.#most = most;
    this.#onReturn = onReturn;
  }

  put(item: T): void {
    if (this.#end !== undefined) return;
    const waiting = this.#waiting.shift();
    if (waiting !== undefined) {
      waiting.resolve({ value: item, done: false });
      return;
    }
    if (this.#most === 1) this.#items = [item];
    else if (this.#items.length < this.#most) this.#items.push(item);
    else {
      this.finish(
        new PlimsollError("PLM_LIMIT", {
          field: "reader",
          value: `${this.#items.length} items behind`,
          limit: `at most ${this.#most} items that were not taken`,
          remedy: "Take them faster, or use a callback.",
        }),
      );
      this.#onReturn();
    }
  }

  /** What waits is still given, then the error or the end. */
  finish(error: PlimsollError | undefined): void {
    if (this.#end !== undefined) return;
    this.#end = { error };
    for (const { resolve, reject } of this.#waiting.splice(0)) {
      if (error === undefined) resolve({ value: undefined, done: true });
      else reject(error);
    }
  }

  next(): Promise<IteratorResult<T, undefined>> {
    const [value] = this.#items.splice(0, 1);
    if (value !== undefined) return Promise.resolve({ value, done: false });
    if (this.#end !== undefined) {
      const { error } = this.#end;
      this.#end = { error: undefined };
      return error === undefined ? Promise.resolve({ value: undefined, done: true }) : Promise.reject(error);
    }
    return new Promise((resolve, reject) => this.#waiting.push({ resolve, reject }));
  }

  return(): Promise<IteratorResult<T, undefined>> {
    this.#items = [];
    this.finish(undefined);
    this.#onReturn();
    return Promise.resolve({ value: undefined, done: true });
  }

  [Symbol.asyncIterator](): this {
    return this;
  }
}

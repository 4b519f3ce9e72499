import { type LotBook } from "./book.ts";

/** Which accounts hold something of each group of instruments: group g has accounts[starts[g]] … accounts[starts[g + 1] − 1], ascending. */
export interface Holders {
  readonly starts: Uint32Array;
  readonly accounts: Uint32Array;
  /** Accounts that have come to hold something of a group since. */
  readonly added: Map<number, Set<number>>;
}

/** The index from group (an underlying) to the accounts that hold any of its instruments. */
export function accountsByGroup(book: LotBook, groups: Uint32Array): Holders {
  let groupCount = 1;
  for (const group of groups) groupCount = Math.max(groupCount, group + 1);
  const starts = new Uint32Array(groupCount + 1);
  const lastSeen = new Uint32Array(groupCount);

  /** Calls `visit` once for every pair of an account and a group that it holds, accounts ascending. */
  function eachPair(visit: (group: number, account: number) => void): void {
    lastSeen.fill(0);
    for (let a = 0; a < book.accountCount; a++) {
      const end = book.starts[a + 1] ?? 0;
      for (let p = book.starts[a] ?? 0; p < end; p++) {
        if (book.lots[p] === 0) continue;
        const group = groups[book.instruments[p] ?? 0] ?? 0;
        if (lastSeen[group] === a + 1) continue;
        lastSeen[group] = a + 1;
        visit(group, a);
      }
    }
  }
  eachPair((group) => {
    starts[group + 1] = (starts[group + 1] ?? 0) + 1;
  });
  for (let g = 0; g < groupCount; g++) starts[g + 1] = (starts[g + 1] ?? 0) + (starts[g] ?? 0);
  const accounts = new Uint32Array(starts[groupCount] ?? 0);
  const next = starts.slice();
  eachPair((group, account) => {
    const at = next[group] ?? 0;
    accounts[at] = account;
    next[group] = at + 1;
  });
  return { starts, accounts, added: new Map() };
}

/** Notes that an account holds something of a group. */
export function addHolder({ starts, accounts, added }: Holders, group: number, account: number): void {
  let low = starts[group] ?? 0;
  let high = starts[group + 1] ?? 0;
  while (low < high) {
    const middle = (low + high) >> 1;
    if ((accounts[middle] ?? 0) < account) low = middle + 1;
    else high = middle;
  }
  if (low < (starts[group + 1] ?? 0) && accounts[low] === account) return;
  const known = added.get(group);
  if (known) known.add(account);
  else added.set(group, new Set([account]));
}

/** The accounts that hold, or have held, anything of the groups of `instruments`, ascending, each once. */
export function accountsOf(
  { starts, accounts, added }: Holders,
  groups: Uint32Array,
  instruments: ArrayLike<number>,
  accountCount: number,
): Uint32Array {
  const touched = new Set<number>();
  for (let i = 0; i < instruments.length; i++) touched.add(groups[instruments[i] ?? 0] ?? 0);
  const listOf = (group: number): Uint32Array => accounts.subarray(starts[group], starts[group + 1]);
  const [first] = touched;
  if (first === undefined) return new Uint32Array(0);
  if (touched.size === 1 && !added.has(first)) return listOf(first).slice();
  const held = new Uint8Array(accountCount);
  for (const group of touched) {
    for (const account of listOf(group)) held[account] = 1;
    for (const account of added.get(group) ?? []) held[account] = 1;
  }
  let count = 0;
  for (const flag of held) count += flag;
  const union = new Uint32Array(count);
  let at = 0;
  for (let a = 0; a < accountCount; a++) if (held[a] === 1) union[at++] = a;
  return union;
}

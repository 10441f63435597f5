import type { Met, UserChains } from './user-chains.ts'

/** Values that are read at once. */
const AT_ONCE = 500

/** All ids of one person, and the users whom ids of others may be about to become theirs. */
export interface Person {
  readonly values: ReadonlyMap<string, Met>
  /** Ids that a merge was about to make theirs, and that are users of their own. */
  readonly expected: readonly string[]
}

/**
 * Follows what values say of other ids, from the chain of an id and from ids that were theirs before.
 * @param known ids that were found before: another erasure may have removed the value that lists them
 */
export async function findPerson(userId: string, known: ReadonlySet<string>, chains: UserChains): Promise<Person> {
  const values = new Map<string, Met>()
  const expected = new Set<string>()
  const chain = new Set(await chains.chainOf(userId))
  // Of those that have gone since nothing is left, and whoever begins anew under such an id is nobody of theirs.
  const remembered = (await chains.readAll([...known])).filter(({ stamp }) => stamp !== '')
  let next: readonly string[] = [...new Set([...chain, ...remembered.map(({ id }) => id)])]
  while (next.length > 0) {
    const found = new Set<string>()
    for (let start = 0; start < next.length; start += AT_ONCE) {
      const read = await chains.readAll(next.slice(start, start + AT_ONCE))
      // Those of whom it is plain come first: others may have become theirs.
      for (const isPlain of [true, false]) {
        for (const met of read) {
          if (values.has(met.id) || isPlain !== (chain.has(met.id) || isPlainlyOf(values, expected, met))) continue
          if (!isPlain && !(await isOf(values, met, chains))) continue
          values.set(met.id, met)
          const { mergedInto, arriving, linkedIds } = met.value
          // It may have left since the chain was read.
          if (mergedInto !== '') chain.add(mergedInto)
          for (const id of linkedIds) found.add(id)
          for (const id of arriving) expected.add(id)
        }
      }
    }
    next = [...found].filter((id) => !values.has(id))
  }
  return { values, expected: [...expected].filter((id) => !values.has(id)) }
}

/** Joins two persons whose ids turned out to belong to one person. */
export function joined(one: Person, other: Person): Person {
  const values = new Map([...one.values, ...other.values])
  const expected = new Set([...one.expected, ...other.expected])
  return { values, expected: [...expected].filter((id) => !values.has(id)) }
}

/** Whether an id that a value of the person lists is theirs, as its own value tells: absent, marked, or of another of their ids. */
function isPlainlyOf(values: ReadonlyMap<string, Met>, expected: ReadonlySet<string>, { id, value, stamp }: Met): boolean {
  if (value.mergedInto !== '') return values.has(value.mergedInto)
  return value.erasing.length > 0 || (stamp === '' && !expected.has(id))
}

/** A user of their own began anew after an earlier erasure, or has not become theirs yet. */
async function isOf(values: ReadonlyMap<string, Met>, { value }: Met, chains: UserChains): Promise<boolean> {
  return value.mergedInto !== '' && values.has(await chains.ownerOf(value.mergedInto))
}

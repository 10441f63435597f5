import { type AttributeDeclaration, countedIn, valueClasses } from '../../src/accumulators/counted-values.ts'
import type { FeatureInput } from '../../src/accumulators/feature-input.ts'
import type { Domain } from '../../src/domain/domain.ts'
import type { CountedValue } from '../../src/state/log-entry.ts'

/** Least number of users of a value whose figures are told. */
export const LEAST_USERS = 20

/** What the users with a value of a protected attribute were shown. Shares are from 0 to 1. */
export interface ExposureRow {
  /** Place and name of the attribute, such as `user.age`. */
  readonly attribute: string
  readonly value: string
  readonly users: number
  /** Share of the users, of all who were shown something. */
  readonly shareOfUsers: number
  /** Share of the positions shown, of those shown to all. */
  readonly shareOfPositions: number
}

/** Value of users without the attribute. */
const NONE = 'no value'
/** Value of users whose own values have too few users. */
const OTHER = 'other values'

interface Shown {
  readonly users: Set<number>
  positions: number
}

interface Protected {
  readonly attribute: string
  readonly valuesIn: (input: FeatureInput) => readonly string[]
  readonly byValue: Map<string, Shown>
}

/** Counts what users are shown, by value of each protected attribute that a domain uses. */
export class ExposureByValue {
  readonly #attributes: readonly Protected[]
  readonly #users = new Set<number>()
  #positions = 0

  constructor({ userAttributes, contextAttributes }: Domain) {
    const used = (declarations: Domain['userAttributes']) =>
      Object.entries(declarations).filter(([, { isProtected, isUsed }]) => isProtected && isUsed)
    this.#attributes = [
      ...used(userAttributes).map(([name, declaration]) => ({
        attribute: `user.${name}`,
        valuesIn: ({ user }: FeatureInput) => valuesOf(declaration, countedIn(user.attributes, name, declaration)),
        byValue: new Map(),
      })),
      ...used(contextAttributes).map(([name, declaration]) => ({
        attribute: `context.${name}`,
        valuesIn: ({ context }: FeatureInput) => valuesOf(declaration, countedIn({ ...context } as never, name, declaration)),
        byValue: new Map(),
      })),
    ]
  }

  /** Adds a slate. @param user number of the user @param positions number of positions that the user was shown */
  add(user: number, positions: number, input: FeatureInput): void {
    this.#users.add(user)
    this.#positions += positions
    for (const { valuesIn, byValue } of this.#attributes) {
      for (const value of valuesIn(input)) {
        const shown = byValue.get(value) ?? { users: new Set(), positions: 0 }
        byValue.set(value, shown)
        shown.users.add(user)
        shown.positions += positions
      }
    }
  }

  /**
   * Returns the shares of each value, the value with the most users first. Values with fewer than 20 users count together, with so many
   * more values that nobody can subtract the rest and learn about fewer than 20 users.
   */
  rows(): ExposureRow[] {
    return this.#attributes.flatMap(({ attribute, byValue }) =>
      grouped(byValue).map(([value, { users, positions }]) => ({
        attribute,
        value,
        users: users.size,
        shareOfUsers: users.size / this.#users.size,
        shareOfPositions: positions / this.#positions,
      })),
    )
  }
}

function grouped(byValue: ReadonlyMap<string, Shown>): [string, Shown][] {
  const groups = [...byValue].sort(([, a], [, b]) => b.users.size - a.users.size)
  const other: Shown = { users: new Set(), positions: 0 }
  const isTold = ([, { users }]: [string, Shown]) => users.size >= LEAST_USERS
  while (groups.length > 0 && (!groups.every(isTold) || (other.users.size > 0 && other.users.size < LEAST_USERS))) {
    const [, { users, positions }] = groups.pop()!
    for (const user of users) other.users.add(user)
    other.positions += positions
  }
  return other.users.size >= LEAST_USERS ? [...groups, [OTHER, other]] : groups
}

function valuesOf(declaration: AttributeDeclaration, value: CountedValue | undefined): readonly string[] {
  if (value === undefined) return [NONE]
  if (declaration.kind === 'number') {
    const bands = valueClasses(declaration)
    return bands.length === 0 ? ['any number'] : bands.filter(({ includes }) => includes(value)).map(({ words }) => words)
  }
  return Array.isArray(value) ? value : [String(value)]
}

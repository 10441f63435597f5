import { HOUR } from '../time-units.ts'
import type { Accumulator } from './accumulator.ts'

/** Makes features of the candidate sources that proposed an item, and of its rank on the user's offline list. */
export function proposingSources(sources: readonly string[]): Accumulator {
  return {
    name: 'source_standing',
    entity: 'SLATE',
    description: 'Which sources proposed a candidate, and its rank on the offline list.',
    roles: [],
    features: [
      ...sources.map((source) => ({
        name: `source_${source}`,
        entity: 'CONTEXT' as const,
        description: `1 if the source ${source} proposed the item, 0 if it did not`,
        unit: 'yes or no',
        missing: 'never',
        column: ({ sources: standings }: Parameters<NonNullable<Accumulator['features'][number]['column']>>[0]) => {
          const ranks = standings.get(source)?.ranks
          return (row: number) => (ranks && !Number.isNaN(ranks[row]) ? 1 : 0)
        },
      })),
      {
        name: 'offline_rank',
        entity: 'SLATE',
        description:
          'Rank of the item, from 1 (the top), on the offline list (an uploaded list of items) that applies to the user',
        missing: 'when the source offline did not propose the item',
        column: ({ sources: standings }) => {
          const ranks = standings.get('offline')?.ranks
          return (row) => ranks?.[row] ?? Number.NaN
        },
      },
      {
        name: 'offline_age_hours',
        entity: 'SLATE',
        description: 'Age of the offline list (an uploaded list of items) that contains the item',
        unit: 'hours',
        missing: 'when the source offline did not propose the item',
        column: ({ sources: standings, now }) => {
          const offline = standings.get('offline')
          return (row) =>
            offline && !Number.isNaN(offline.ranks[row]) ? Math.max(0, now - offline.generatedAt) / HOUR : Number.NaN
        },
      },
    ],
  }
}

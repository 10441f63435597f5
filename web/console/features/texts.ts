import type { EntityKind } from '../../generated/console-features.ts'

/** Texts of the section Features. */
export const texts = {
  title: 'Features',
  lead: 'Every number that the service computes from events, what it means, and which model reads it.',
  list: 'Catalogue',
  find: 'Find by name or meaning',
  entity: 'About',
  anyEntity: 'Everything',
  entities: {
    USER: 'users',
    ITEM: 'items',
    USER_ITEM: 'a user and an item',
    SESSION: 'sessions',
    ATTRIBUTE: 'attribute values',
    CONTEXT: 'requests',
    SLATE: 'candidates of a slate',
  } satisfies Record<EntityKind, string>,
  empty: 'No feature matches.',
  columns: { name: 'Feature', entity: 'About', unit: 'Unit', description: 'Meaning', models: 'Models that read it' },
  distribution: {
    title: (name: string) => `How ${name} is distributed`,
    about: (count: number, missing: number, sample: number) => `${count} of ${sample} have a value, ${missing} have none.`,
    chart: (name: string) => `Histogram of ${name}`,
    none: 'There are no values yet.',
    not: 'Distributions exist for features of users, items and attribute values, if they consist of one number.',
    quantile: (quantile: number) => (quantile === 0.5 ? 'Median' : `${Math.round(quantile * 1000) / 10} % are at most`),
    mean: 'Mean',
    stddev: 'Standard deviation',
    min: 'Smallest',
    max: 'Largest',
    missing: 'When it is missing',
  },
  byValue: {
    title: (name: string, attribute: string) => `${name} of each ${attribute}`,
    note: 'The values with the largest figures.',
    empty: 'No value of this attribute has figures yet.',
    columns: { value: 'Value', figure: 'Figure' },
  },
  choose: 'Choose a feature in the catalogue to see its distribution.',
  drift: 'The model file does not keep the distributions of the training. So the console cannot show drift against it.',
} as const

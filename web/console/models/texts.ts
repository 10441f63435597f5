import type { ModelStatus } from '../../generated/console-models.ts'

const RULE = 'the fixed rule'
const RULE_EXPLAINED =
  'The fixed rule orders items by how similar they are to those on which the user acted, and by how popular they are.'

/** What could rank in place of a model. */
export interface OtherModels {
  /** Names of the other models that rank now. */
  readonly ranking: readonly string[]
  /** Whether further models are registered: one of them may have ranked before. */
  readonly hasFormer: boolean
}

/** Ends a sentence with what ranks for users whom a model gives up. */
function takeover({ ranking, hasFormer }: OtherModels): string {
  if (ranking.length > 0) return `${ranking.join(', ')} ranks.`
  return hasFormer
    ? `the model that ranked before goes on, if it is still registered, and otherwise ${RULE}. ${RULE_EXPLAINED}`
    : `${RULE} takes over. ${RULE_EXPLAINED}`
}

/** Texts of the section Models. */
export const texts = {
  title: 'Models',
  lead: 'What ranks the items, for which share of the users, and what other models would have shown.',
  list: 'Registered models',
  empty: `No model is registered: ${RULE} ranks.`,
  emptyAdvice: 'Train one with “npm run train”, put its folder into MODEL_DIR, and register it here.',
  columns: {
    name: 'Model',
    status: 'Status',
    traffic: 'Share of users',
    trained: 'Trained',
    quality: 'NDCG@10 of the training',
    change: 'Change',
  },
  status: { ACTIVE: 'active', SHADOW: 'in shadow', REGISTERED: 'registered', RETIRED: 'retired' } satisfies Record<
    ModelStatus,
    string
  >,
  noDate: 'its file does not say',
  register: { field: 'Name of the folder', action: 'Register …' },
  actions: {
    activate: 'Activate …',
    share: 'Change share …',
    shadow: 'Shadow …',
    retire: 'Retire …',
  },
  share: 'Share of the users, 0 to 1',
  confirm: {
    register: {
      title: (name: string) => `Register ${name}?`,
      what: () => 'The service reads and checks the folder of this name in MODEL_DIR. It does not rank with the model yet.',
      action: 'Register',
    },
    activate: {
      title: (name: string) => `Activate ${name}?`,
      what: (name: string, { ranking }: OtherModels) =>
        `${name} ranks the slates of the share of the users that you enter, from the next slate on. ${
          ranking.length === 0
            ? `For all others, ${RULE} goes on. ${RULE_EXPLAINED} To roll back, retire ${name}.`
            : `For all others, ${ranking.join(', ')} goes on. To roll back, activate ${ranking.join(' or ')} again.`
        }`,
      action: 'Activate',
    },
    share: {
      title: (name: string) => `Change the share of ${name}?`,
      what: (name: string, others: OtherModels) =>
        `${name} ranks the slates of the share of the users that you enter, from the next slate on. With 1, it ranks for everyone. With less, for all other users, ${takeover(others)}`,
      action: 'Change',
    },
    shadow: {
      title: (name: string) => `Put ${name} into shadow?`,
      what: (name: string, { ranking }: OtherModels) =>
        `${name} also ranks every slate, which takes computing time. Users do not see its ranking: ${ranking.join(', ') || RULE} goes on. Figures that compare both appear here.`,
      action: 'Shadow',
    },
    retire: {
      title: (name: string) => `Retire ${name}?`,
      what: (name: string, others: OtherModels) =>
        `The service stops using ${name}, from the next slate on. ${
          others.ranking.length > 0 ? `For its users, ${takeover(others)}` : `No other model ranks, so ${takeover(others)}`
        } To use ${name} again, register and activate it.`,
      action: 'Retire',
    },
  },
  card: {
    title: (name: string) => `Model ${name}`,
    metrics: 'Measures of the training',
    measures: {
      ndcg10: 'NDCG@10',
      mrr20: 'MRR@20',
      hr20: 'HR@20',
      auc: 'AUC',
      rows: 'Rows of the test',
      decisions: 'Decisions of the test',
      missed: 'Missed: the next item was no candidate',
    } as Readonly<Record<string, string>>,
    noMetrics: 'The file of the model has no measures.',
    unexplained: 'Why scores are not explained',
    shadow: 'Compared with what users saw',
    slates: 'Slates compared',
    overlap: 'First ten items in common',
    correlation: 'Rank correlation (Spearman)',
    since: 'Since',
    noShadow: 'No slate has been compared yet.',
    drivers: 'What drives the scores now',
    driversNote: (users: number) =>
      `The mean size of the contributions of each feature, over the slates of the ${users} users who were active last.`,
    noDrivers: 'The scores of these slates cannot be split into contributions.',
    calibration: 'Calibration',
    calibrationNote:
      'Each dot is a tenth of the test. On the line, as many users clicked as the model predicted. Axes are square roots.',
    calibrationChart: 'Predicted and observed shares of clicks',
    predicted: 'predicted',
    observed: 'observed',
    importance: 'Importance',
    importanceNote: (shown: number, all: number) =>
      `The ${shown} most important of ${all} features, by their share of the gain in training.`,
    noTraining: 'The folder of this model has no calibration and no importance: “npm run train” writes both into metrics.json.',
    all: (count: number) => `Reads ${count} features`,
  },
} as const

import { OPERATOR_COMMANDS } from '../../src/commands/operator-commands.ts'
import type { DefineCommand } from '../../src/commands/program.ts'
import { benchCommand } from './bench.ts'
import { coldStartCommand } from './cold-start.ts'
import { convertCommand } from './convert.ts'
import { demoCommand } from './demo.ts'
import { evaluateCommand } from './evaluate.ts'
import { evaluationSummaryCommand } from './evaluation-summary.ts'
import { explorationCommand } from './exploration.ts'
import { learnCommand } from './learn.ts'
import { offPolicyCommand } from './off-policy.ts'
import { offlineCommand } from './offline.ts'
import { replayCommand } from './replay.ts'
import { simulateCommand } from './simulate.ts'
import { trainCommand } from './train.ts'
import { verifyFeaturesCommand } from './verify-features.ts'

/** Commands of `liverank` in the order of its help: first those for operators, then those of the lab. */
export const COMMANDS: readonly DefineCommand[] = [
  ...OPERATOR_COMMANDS,
  demoCommand,
  convertCommand,
  trainCommand,
  learnCommand,
  offlineCommand,
  evaluateCommand,
  evaluationSummaryCommand,
  replayCommand,
  simulateCommand,
  coldStartCommand,
  explorationCommand,
  offPolicyCommand,
  verifyFeaturesCommand,
  benchCommand,
]

import { PathArgument, type PathCheck, PathOption } from '../../src/commands/checked-paths.ts'
import { numberFrom } from '../../src/commands/option-parsers.ts'
import { onlyIf, readableFolder, recordedLog, writableFolder } from '../../src/commands/path-checks.ts'
import { type DefineCommand, examples } from '../../src/commands/program.ts'
import { SIMULATED } from '../off-policy/simulated-source.ts'
import type { OffPolicyOptions } from './run-off-policy.ts'

/** Checks a source. Logs of the service may be several; the other sources stand alone. */
const source: PathCheck = async (path, given) => {
  const isAlone = given.args.length === 1
  if (isAlone && path === SIMULATED) return
  await readableFolder(path, given)
  const { isOpenBandit } = await import('../off-policy/open-bandit.ts')
  if (!(isAlone && isOpenBandit(path))) await recordedLog(', the Open Bandit Dataset')(path, given)
}

/** Defines the command `liverank off-policy`. */
export const offPolicyCommand: DefineCommand = (program) => {
  program
    .command('off-policy')
    .summary('estimate from a log how well another way to make recommendations (policy) would do')
    .description(
      'Estimates how many clicks and other rewards, such as purchases, another policy (way to choose items) would have brought. The command reads the log of a service that chose some items at random, with the probability of each choice. For positions that show an item drawn at random, there are two other policies: draw each item with the same probability, or show the item with the highest expected reward. For slates in random order, the other policy is the order that the service would have used otherwise.',
    )
    .addArgument(
      new PathArgument(
        '<source...>',
        'read the log in this folder: DATA_DIR or ARCHIVE_DIR of a service. With the folder of the Open Bandit Dataset, a public log of two policies, the command estimates each policy from the choices of the other. With the word simulated, it checks the estimates on logs of a simulated shop, where the true number of clicks is known. It counts how often the 95 % confidence interval contains this number, and writes coverage.svg and coverage.json',
        source,
      ),
    )
    .option('--domain <name>', 'read the log with this domain: a name or a file (default: DOMAIN, or e-commerce)')
    .option(
      '--clip <n>',
      'limit the weight of a decision (random choice of an item) to this number. So no single one dominates (default: the square root of the number of decisions)',
      numberFrom(1, 1e9),
    )
    .option('--runs <n>', 'with simulated: make this many logs', numberFrom(1, 1e6), 1000)
    .option('--decisions <n>', 'with simulated: make logs with this many decisions', numberFrom(10, 1e7), 5000)
    .option('--seed <n>', 'with simulated: the same seed gives the same logs', numberFrom(0, 1e9), 1)
    .addOption(
      new PathOption(
        '--out <dir>',
        'with simulated: write into this folder',
        onlyIf(
          ({ args }) => args[0] === SIMULATED,
          writableFolder(() => ['coverage.json', 'coverage.svg']),
        ),
      ).default('off-policy'),
    )
    .addHelpText(
      'after',
      examples(
        '# use the log of a service',
        'liverank off-policy ./data',
        '# use simulated logs',
        'liverank off-policy simulated --runs 100 --out ./coverage',
      ),
    )
    .action(async (sources: string[], options: OffPolicyOptions) => {
      const { runOffPolicy } = await import('./run-off-policy.ts')
      await runOffPolicy(sources, options)
    })
}

import { PathArgument } from '../../src/commands/checked-paths.ts'
import { wholeNumberFrom } from '../../src/commands/option-parsers.ts'
import { recordedLog } from '../../src/commands/path-checks.ts'
import { type DefineCommand, examples } from '../../src/commands/program.ts'

/** Defines the command `liverank verify-features`. */
export const verifyFeaturesCommand: DefineCommand = (program) => {
  program
    .command('verify-features')
    .summary('check that training and the service compute the same features')
    .description(
      `Checks that the service ranked by the same features that training computes. For a share of its slates (setting VECTOR_SHARE), the
service logs the features of all items that it ranked. The command computes these features again from the events in the log, and compares
them. Set DOMAIN as for the service that wrote the log. Exit code 1 means that some features differ, or that the log has none to compare.`,
    )
    .addArgument(
      new PathArgument('<folder...>', 'read the log in this folder: DATA_DIR or ARCHIVE_DIR of a service', recordedLog()),
    )
    .option(
      '--decisions <n>',
      'check at most this many slates of each log, chosen at random (default: 1000)',
      wholeNumberFrom(1, 1e7),
    )
    .addHelpText('after', examples('# check the log in the data folder of a service', 'liverank verify-features ./data'))
    .action(async (folders: string[], { decisions }: { decisions?: number }) => {
      const { runVerifyFeatures } = await import('./run-verify-features.ts')
      await runVerifyFeatures(folders, decisions)
    })
}

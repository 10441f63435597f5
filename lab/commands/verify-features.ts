import { wholeNumberFrom } from '../../src/commands/option-parsers.ts'
import { type DefineCommand, examples } from '../../src/commands/program.ts'

export const verifyFeaturesCommand: DefineCommand = (program) => {
  program
    .command('verify-features')
    .summary('check that training and serving compute the same features')
    .description(
      `Checks the features of slates that the service logged with all candidates (VECTOR_SHARE): rebuilds the state from the log, computes the
features again, and compares them. Set DOMAIN as it was for the recording service. Exit code 1: some features differ, or none could be
compared.`,
    )
    .argument('<folder...>', 'a DATA_DIR (with its archive, or that of ARCHIVE_DIR), or an archive')
    .option(
      '--decisions <n>',
      'check a sample of at most this many slates from each log (default: 1000)',
      wholeNumberFrom(1, 1e7),
    )
    .addHelpText('after', examples('liverank verify-features ./data'))
    .action(async (folders: string[], { decisions }: { decisions?: number }) => {
      const { runVerifyFeatures } = await import('./run-verify-features.ts')
      await runVerifyFeatures(folders, decisions)
    })
}

import { wholeNumberFrom } from '../../src/commands/option-parsers.ts'
import { type DefineCommand, examples } from '../../src/commands/program.ts'

export const verifyFeaturesCommand: DefineCommand = (program) => {
  program
    .command('verify-features')
    .summary('check that training sees the features that serving saw')
    .description(
      `Rebuilds the state behind logged decisions from the log, and compares the feature vectors of their candidates with those that the
service logged (VECTOR_SHARE). DOMAIN names the domain that recorded. Exit code 1: some vectors differ, or none could be compared.`,
    )
    .argument('<folder...>', 'a DATA_DIR (with its archive, or that of ARCHIVE_DIR), or an archive')
    .option('--decisions <n>', 'decisions to draw from each log, at most (default: 1000)', wholeNumberFrom(1, 1e7))
    .addHelpText('after', examples('liverank verify-features ./data'))
    .action(async (folders: string[], { decisions }: { decisions?: number }) => {
      const { runVerifyFeatures } = await import('./run-verify-features.ts')
      await runVerifyFeatures(folders, decisions)
    })
}

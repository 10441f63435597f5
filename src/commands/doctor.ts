import { type DefineCommand, examples } from './program.ts'

export const doctorCommand: DefineCommand = (program) => {
  program
    .command('doctor')
    .summary('check settings, store, model, disk and clock')
    .description(
      `Checks the settings, the issuer of tokens, the store, the model, the disk and the clock of this machine, and says what to do about each problem. Changes
nothing. You can run it while the service runs. Exit code 1: there is a problem.`,
    )
    .option('--json', 'print the findings as JSON')
    .addHelpText('after', examples('liverank doctor', 'REDIS_URL=redis://127.0.0.1:6379 liverank doctor --json'))
    .action(async ({ json = false }: { json?: boolean }) => {
      const { runDoctor } = await import('./run-doctor.ts')
      await runDoctor(json)
    })
}

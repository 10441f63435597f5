import { type DefineCommand, examples } from './program.ts'

/** Defines the command `liverank doctor`. */
export const doctorCommand: DefineCommand = (program) => {
  program
    .command('doctor')
    .summary('check settings, Redis or data folder, model, disk and clock, and show the memory of the service')
    .description(
      `Checks the settings, the server that issues tokens, Redis or the data folder, the model, the disk and the clock. Prints what to do about each
problem, and changes nothing. You can run the command while the service runs. If METRICS_PORT is that of the running service, the command also
shows the memory of the service: in total, and by the kind of data. Exit code 1 means that there is a problem.`,
    )
    .option('--json', 'print the findings as JSON')
    .addHelpText('after', examples('REDIS_URL=redis://127.0.0.1:6379 liverank doctor --json'))
    .action(async ({ json = false }: { json?: boolean }) => {
      const { runDoctor } = await import('./run-doctor.ts')
      await runDoctor(json)
    })
}

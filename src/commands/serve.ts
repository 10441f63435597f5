import { wholeNumberFrom } from './option-parsers.ts'
import { type DefineCommand, examples } from './program.ts'

/** Defines the command `liverank serve`. */
export const serveCommand: DefineCommand = (program) => {
  program
    .command('serve')
    .summary('run the service')
    .description('Runs the service until it gets SIGTERM or SIGINT (Ctrl-C). Its settings are environment variables.')
    .option(
      '--workers <number>',
      'start this many processes (workers) on one port. More than one needs REDIS_URL. Worker n uses METRICS_PORT + n - 1 and HEALTH_PORT + n - 1',
      wholeNumberFrom(1, 128),
      1,
    )
    .addHelpText(
      'after',
      examples(
        '# keep the data in ./data',
        'liverank serve',
        '# keep the data in Redis, and listen on port 8080',
        'REDIS_URL=redis://127.0.0.1:6379 PORT=8080 liverank serve',
        '# start four processes',
        'REDIS_URL=redis://127.0.0.1:6379 liverank serve --workers 4',
        '# use the built-in configuration for news, and another data folder',
        'DOMAIN=news DATA_DIR=/var/lib/liverank liverank serve',
      ),
    )
    .action(async ({ workers }: { workers: number }) => {
      if (workers > 1) {
        const { serveWithWorkers } = await import('../serve/serve-with-workers.ts')
        await serveWithWorkers(process.env, workers)
      } else {
        const { serve } = await import('../serve/serve.ts')
        await serve(process.env)
      }
    })
}

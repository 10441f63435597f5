import { Option } from 'commander'
import { eachValue } from './option-parsers.ts'
import { type DefineCommand, examples } from './program.ts'

export const exportCommand: DefineCommand = (program) => {
  program
    .command('export')
    .summary("write a store's log to a folder or to standard output")
    .description(
      `Writes the log of a store, both what is archived and what is not yet, as JSON lines. The settings of the service name the store:
REDIS_URL, or DATA_DIR for the embedded one, and ARCHIVE_DIR. The service may run meanwhile: what it adds is not exported. liverank train
and liverank import read the folder.`,
    )
    .argument('<target>', 'the folder to make, which must not exist and gets gzip files; or - for standard output')
    .addOption(
      new Option(
        '--archive <dir>',
        'another folder with archives of the store, such as that of a replica; may be given several times',
      )
        .argParser(eachValue)
        .default([], 'none'),
    )
    .addHelpText(
      'after',
      examples(
        'DATA_DIR=/var/lib/liverank liverank export ./log-2026-11',
        'REDIS_URL=redis://127.0.0.1:6379 ARCHIVE_DIR=/archive liverank export ./log',
        `liverank export - | jq -c 'select(.kind == "events")' | gzip > events.jsonl.gz`,
      ),
    )
    .action(async (target: string, { archive }: { archive: readonly string[] }) => {
      const { runExport } = await import('./run-export.ts')
      await runExport(target, archive)
    })
}

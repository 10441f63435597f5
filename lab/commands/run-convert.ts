import { InvalidInputError } from '../../src/errors.ts'
import { omissions } from '../../src/import/log-problems.ts'
import { type Converted, convertLog } from '../public-logs/convert-log.ts'
import { PUBLIC_FORMATS } from '../public-logs/public-formats.ts'

/** Name of the format, folder of the source, folder to write. */
export type ConvertArguments = [format: string, source: string, out: string]

/** Options of `liverank convert`, as they were parsed. */
export interface ConvertFlags {
  readonly part: number
  readonly all?: boolean
}

/**
 * Converts a public log to a data folder.
 * @throws InvalidInputError if a file is missing, or an option does not go with the format
 * @throws LiverankError UNUSABLE_DATA if the files are not what was published
 */
export async function runConvert([name, source, out]: ConvertArguments, { part, all = false }: ConvertFlags): Promise<void> {
  const format = PUBLIC_FORMATS.find((known) => known.name === name)!
  if (format.usual === undefined && part > 1)
    throw new InvalidInputError(`--part goes with logs that are divided by sessions, not with ${name}: leave it out.`)
  const converted = await convertLog(format, { source, out, part, keepsAll: all })
  process.stdout.write(`Wrote ${out}.\n${[...summaryOf(converted), ...omissions(converted.problems)].join('\n')}\n`)
}

function summaryOf({ read, written, items, sessions, users, from, to }: Converted): string[] {
  const number = (value: number): string => value.toLocaleString('en-US')
  const { train, test, undivided } = written
  const parts = undivided > 0 ? '' : `: ${number(train)} for training, ${number(test)} for testing`
  return [
    `- ${number(train + test + undivided)} of ${number(read)} events${parts}.`,
    `- ${number(items)} items, ${number(sessions)} sessions, ${number(users)} users.`,
    `- ${new Date(from).toISOString()} to ${new Date(to).toISOString()}.`,
  ]
}

import { loadDomain } from '../domain/load-domain.ts'
import { checkId } from '../events/validate-event.ts'
import { exportPersonOfStore } from '../export/export-person.ts'
import { readConfig } from '../service/config.ts'
import { writeWhole } from '../state/durable-file.ts'
import { exportToTarget } from './export-to-target.ts'
import { STDOUT } from './path-checks.ts'

/** Characters that are collected before they are written. */
const CHUNK = 2 ** 18

type Write = (text: string) => Promise<void>

/**
 * Writes all that the store of the settings holds of one person to a JSON file. Only the owner of the file can read it.
 * @param userId any id of the person
 * @param target path of the file to create, or `-` for standard output
 * @param archives further folders with archives of the store
 * @throws InvalidInputError if the id is invalid
 * @throws LiverankError as `exportPersonOfStore`
 */
export async function runExportUser(userId: string, target: string, archives: readonly string[]): Promise<void> {
  checkId(userId, '--user')
  const config = readConfig(process.env)
  const domain = await loadDomain(config.DOMAIN)
  await exportToTarget(target, 'file', async (tools) => {
    const exportTo = (write: Write) =>
      inChunks(write, (chunked) => exportPersonOfStore(userId, { config, domain, archives, ...tools, write: chunked }))
    const { userIds, records } = await (target === STDOUT ? exportTo(toStandardOutput) : toPrivateFile(target, exportTo))
    const say = target === STDOUT ? console.error : console.log
    if (records === 0) say(`Nothing is stored of ${userId}: all lists are empty.`)
    else say(`Exported ${records} records of ${userIds.length === 1 ? userId : `${userIds.length} ids of ${userId}`}.`)
  })
}

async function toPrivateFile<T>(path: string, fill: (write: Write) => Promise<T>): Promise<T> {
  let filled!: T
  await writeWhole(path, async (file) => {
    await file.chmod(0o600)
    filled = await fill((text) => file.writeFile(text))
  })
  return filled
}

function toStandardOutput(text: string): Promise<void> {
  return new Promise((resolve, reject) => {
    process.stdout.write(text, (error) => (error ? reject(error) : resolve()))
  })
}

async function inChunks<T>(write: Write, fill: (write: Write) => Promise<T>): Promise<T> {
  let waiting = ''
  const filled = await fill(async (text) => {
    waiting += text
    if (waiting.length < CHUNK) return
    const chunk = waiting
    waiting = ''
    await write(chunk)
  })
  await write(waiting)
  return filled
}

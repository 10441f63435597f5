import { isLocked, lockFolder } from '../../src/state/embedded/data-folder-lock.ts'

/**
 * A program that waits for a line on its input, takes the lock of the folder that its argument names, says so, and keeps it. It
 * keeps no reference to the lock, and collects garbage before it says so: run it with `--expose-gc`.
 */
const [folder] = process.argv.slice(2)
process.stdout.write('ready\n')
process.stdin.once('data', async () => {
  try {
    await lockAndForget()
    await new Promise(setImmediate)
    globalThis.gc!()
    await new Promise(setImmediate)
    process.stdout.write(`holds ${await isLocked(folder)}\n`)
  } catch (error) {
    process.stdout.write(`refused ${JSON.stringify((error as Error).message)}\n`)
    process.exit(1)
  }
})
process.stdin.once('end', () => process.exit())

async function lockAndForget(): Promise<void> {
  await lockFolder(folder)
}

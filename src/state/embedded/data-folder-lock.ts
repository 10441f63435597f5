import { type FileHandle, open, rm, stat } from 'node:fs/promises'
import { createRequire } from 'node:module'
import { hostname } from 'node:os'
import { join } from 'node:path'
import { z } from 'zod'
import { LiverankError } from '../../errors.ts'
import { pause, systemTimers } from '../../timers.ts'
import { makeFolder } from '../durable-file.ts'

const LOCK_FILE = 'lock'
/** Whoever only asks whether a folder is held has it for a moment: a second attempt tells them from a holder. */
const ATTEMPT_AGAIN_MS = 50
/** The files that hold a lock. Node closes a file that nothing refers to, and its lock would end with it. */
const held = new Set<FileHandle>()
const OTHER_DATA_DIR = 'Stop that process, or set another DATA_DIR. To share state between processes, set REDIS_URL.'

/** What the holder of a lock says of itself, for whoever is refused. */
const holder = z.object({ pid: z.number(), host: z.string(), since: z.string() })

/** Locks belong to the open file, not to the process, so that two holders within one process exclude each other as well. */
type FileLocks = { tryLock(fd: number, options?: { shared?: boolean }): boolean }

/**
 * Locks a folder until the lock is released or the process ends. The lock is a kernel lock on an open file, so it ends with the
 * process, however that ends. It also excludes processes in other containers on the same machine. Network file systems may not
 * support it.
 * @param advice what to do if another process holds the folder, as sentences
 * @returns function that releases the lock
 * @throws LiverankError CONFIGURATION if another process holds the folder, or if the platform has no such locks
 */
export async function lockFolder(folder: string, advice = OTHER_DATA_DIR): Promise<() => Promise<void>> {
  const path = join(folder, LOCK_FILE)
  for (;;) {
    await makeFolder(folder)
    const file = await open(path, 'a+')
    try {
      const { tryLock } = fileLocks()
      if (!tryLock(file.fd)) await pause(systemTimers, ATTEMPT_AGAIN_MS)
      if (!tryLock(file.fd)) {
        throw new LiverankError('CONFIGURATION', `${folder} is in use by another process${await describe(file)}. ${advice}`)
      }
      if (await isAt(path, file)) {
        held.add(file)
        await introduce(file)
        return () => unlock(path, file)
      }
    } catch (error) {
      await file.close()
      throw error
    }
    await file.close()
  }
}

/** The file is removed while it is locked: whoever has opened it meanwhile sees that it is gone, and opens the next one. */
async function unlock(path: string, file: FileHandle): Promise<void> {
  try {
    await rm(path, { force: true })
  } finally {
    held.delete(file)
    await file.close()
  }
}

/** Whether a file that was opened still has its name. */
async function isAt(path: string, file: FileHandle): Promise<boolean> {
  try {
    return (await stat(path)).ino === (await file.stat()).ino
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return false
    throw error
  }
}

/** Returns whether a folder is locked, by this process or another. */
export async function isLocked(folder: string): Promise<boolean> {
  let file: FileHandle
  try {
    file = await open(join(folder, LOCK_FILE), 'r')
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return false
    throw error
  }
  try {
    return !fileLocks().tryLock(file.fd, { shared: true })
  } finally {
    await file.close()
  }
}

/** Says who holds the lock. It holds without that too: a full disk must not keep the service from starting. */
async function introduce(file: FileHandle): Promise<void> {
  try {
    await file.truncate(0)
    await file.appendFile(JSON.stringify({ pid: process.pid, host: hostname(), since: new Date().toISOString() }))
  } catch {
    return
  }
}

async function describe(file: FileHandle): Promise<string> {
  const text = await file.readFile('utf8').catch(() => '')
  const said = holder.safeParse(parsed(text))
  if (!said.success) return ''
  const { pid, host, since } = said.data
  return `: process ${pid} on ${host}, since ${since}`
}

function parsed(text: string): unknown {
  try {
    return JSON.parse(text)
  } catch {
    return undefined
  }
}

/** Loaded when it is needed: a service on Redis also runs on platforms for which the module has no binary. */
function fileLocks(): FileLocks {
  try {
    return createRequire(import.meta.url)('fs-native-extensions') as FileLocks
  } catch (error) {
    throw new LiverankError(
      'CONFIGURATION',
      `File locks are not available on ${process.platform} ${process.arch} (${(error as Error).message}): nothing prevents two processes from using the folder. Use REDIS_URL here, or run on Linux, macOS or Windows on x64 or arm64.`,
      { cause: error },
    )
  }
}

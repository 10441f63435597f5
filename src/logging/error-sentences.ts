import { LiverankError } from '../errors.ts'

/** What the file system says by these codes, and what a user can do about it. */
const FILE_ERRORS: Readonly<Record<string, string>> = {
  EACCES: 'may not be opened by this user: change its permissions, or name another path',
  EEXIST: 'is a file: name a folder',
  EISDIR: 'is a folder: name a file',
  ELOOP: 'is a circle of symbolic links: name another path',
  EMFILE: 'cannot be opened, since this process has too many files open: raise the limit (ulimit -n)',
  ENAMETOOLONG: 'is too long: name a shorter path',
  ENOENT: 'does not exist: name a path that does',
  ENOSPC: 'cannot be written, since the disk is full: make room',
  ENOTDIR: 'is a file, or lies below one: name a folder',
  EPERM: 'may not be changed by this user: change its permissions, or name another path',
  EROFS: 'cannot be written, since its file system is read-only: name another path',
}

/**
 * Returns the error message for an error that the user can fix: an error of Liverank, an invalid argument, an unusable path.
 * @returns undefined for a defect; log its stack instead
 */
export function sentenceOf(error: unknown): string | undefined {
  if (error instanceof LiverankError) return error.message
  if (!(error instanceof Error) || !('code' in error)) return undefined
  const code = String(error.code)
  if (code.startsWith('ERR_PARSE_ARGS')) return error.message
  if (code === 'EADDRINUSE') return `${error.message}: another process listens there; set PORT to a free one.`
  if (code === 'EADDRNOTAVAIL') return `${error.message}: this machine does not have that address; set HOST to one that it has.`
  const says = FILE_ERRORS[code]
  return 'path' in error && says !== undefined ? `${String(error.path)} ${says} (${code}).` : undefined
}

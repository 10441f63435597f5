// Checks the subjects of the commits that no remote has yet: those can still be changed. Fails if one breaks a rule of CONTRIBUTING.md.
import { spawnSync } from 'node:child_process'

const MAX_LENGTH = 72

/** @returns the output, or undefined if there is no git or no repository, as in an unpacked archive */
function git(...args) {
  const { status, stdout } = spawnSync('git', args, { encoding: 'utf8' })
  return status === 0 ? stdout.trim() : undefined
}

function* problemsOf(subject) {
  if (subject.length > MAX_LENGTH) yield `has ${subject.length} characters: use at most ${MAX_LENGTH}`
  if (!/^\p{Lu}/u.test(subject)) yield 'does not begin with a capital letter'
  if (subject.endsWith('.')) yield 'ends with a full stop'
}

// Without a remote, every commit would be new.
const log = git('remote') ? git('log', '--no-merges', '--format=%h %s', 'HEAD', '--not', '--remotes') : undefined
for (const line of log?.split('\n').filter((line) => line !== '') ?? []) {
  const [, hash, subject] = /^(\w+) (.*)$/.exec(line)
  for (const problem of problemsOf(subject)) {
    console.error(`The subject of commit ${hash} ${problem}. Change it with git commit --amend or git rebase -i: ${subject}`)
    process.exitCode = 1
  }
}

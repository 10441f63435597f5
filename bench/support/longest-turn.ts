/** Returns CPU time in µs. */
export const microseconds = ({ user, system }: NodeJS.CpuUsage) => user + system

/** Time between two looks at the CPU time, in ms: short turns together take at most so long. */
const TICK_MS = 1

/** Returns the longest turn of the event loop while the work is done, in ms of CPU time. Takes hardly any itself while the process waits. */
export async function longestTurnMs(work: () => Promise<unknown>): Promise<number> {
  let isOver = false
  let longest = 0
  let before = process.cpuUsage()
  const look = () => {
    longest = Math.max(longest, microseconds(process.cpuUsage(before)))
    before = process.cpuUsage()
  }
  const turn = () => {
    look()
    if (!isOver) setTimeout(turn, TICK_MS)
  }
  setTimeout(turn, TICK_MS)
  try {
    await work()
  } finally {
    look()
    isOver = true
  }
  return longest / 1000
}

/** Returns CPU time in µs. */
export const microseconds = ({ user, system }: NodeJS.CpuUsage) => user + system

/** Returns the longest turn of the event loop while the work is done, in ms of CPU time. */
export async function longestTurnMs(work: () => Promise<unknown>): Promise<number> {
  let isOver = false
  let longest = 0
  let before = process.cpuUsage()
  const turn = () => {
    longest = Math.max(longest, microseconds(process.cpuUsage(before)))
    before = process.cpuUsage()
    if (!isOver) setImmediate(turn)
  }
  setImmediate(turn)
  try {
    await work()
  } finally {
    isOver = true
  }
  return longest / 1000
}

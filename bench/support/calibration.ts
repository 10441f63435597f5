const ROUNDS = 9

/**
 * Processor time of a fixed piece of work, in ms: the median of some rounds. Costs that are divided by it can be compared between
 * machines, and between hours of a busy machine, roughly.
 */
export function calibrate(): number {
  const rounds = Array.from({ length: ROUNDS }, () => {
    const before = process.cpuUsage()
    work()
    const { user, system } = process.cpuUsage(before)
    return (user + system) / 1000
  })
  return rounds.sort((a, b) => a - b)[ROUNDS >> 1]
}

/** Parses and prints JSON, and sorts numbers: what a service does all day. */
function work(): void {
  let value = Array.from({ length: 200 }, (_, n) => ({ itemId: `item-${n}`, score: n / 7, tags: [`t${n % 9}`, `t${n % 5}`] }))
  for (let round = 0; round < 40; round++) value = JSON.parse(JSON.stringify(value))
  for (let round = 0; round < 40; round++) Float64Array.from(value, (_, n) => Math.sin(n * (round + 1))).sort()
}

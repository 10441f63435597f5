import { onTestFinished } from 'vitest'

/**
 * Measures the longest turn of the event loop of this process, in CPU time: how long the process could do nothing else. Time in which
 * other processes had the processor does not count, so a busy machine changes nothing.
 */
export class LongestTurn {
  #before = process.cpuUsage()
  #longest = 0
  #isOver = false

  constructor() {
    const turn = () => {
      const { user, system } = process.cpuUsage(this.#before)
      this.#before = process.cpuUsage()
      this.#longest = Math.max(this.#longest, (user + system) / 1000)
      if (!this.#isOver) setImmediate(turn)
    }
    setImmediate(turn)
    // A test that fails before it ends the measurement must not leave it to the tests after it.
    onTestFinished(() => {
      this.#isOver = true
    })
  }

  /** Ends the measurement. @returns the longest turn so far, ms */
  end(): number {
    this.#isOver = true
    const { user, system } = process.cpuUsage(this.#before)
    return Math.max(this.#longest, (user + system) / 1000)
  }
}

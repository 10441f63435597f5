/** The part of jstat that is used; the package has no types of its own. */
declare module 'jstat' {
  const library: {
    readonly jStat: {
      /** Student's t distribution. */
      readonly studentt: {
        /** Returns the quantile of a probability between 0 and 1. */
        inv(probability: number, degreesOfFreedom: number): number
      }
    }
  }
  export default library
}

/** Source that stands for logs of a simulated shop, in place of a folder. */
export const SIMULATED = 'simulated'

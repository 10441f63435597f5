/** Pattern of names that become parts of feature names. */
export const NAME = /^[a-z][a-z0-9_]*$/
/** Says in the imperative what a name that matches `NAME` looks like. Error messages end with it. */
export const NAMING = 'use lower-case letters, digits and _, and begin with a letter'

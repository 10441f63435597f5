import { type FloatValueNode, GraphQLError, type IntValueNode, type ValidationRule } from 'graphql'

/** Most digits of a number that a message repeats. */
const SHOWN = 40

/**
 * Refuses literals such as 1e999, which GraphQL's `Float` reads as infinity. A validation rule; in variables, `Float` itself
 * refuses them.
 */
export const finiteLiterals: ValidationRule = (context) => {
  const check = (node: FloatValueNode | IntValueNode) => {
    if (Number.isFinite(Number(node.value))) return
    const shown = node.value.length > SHOWN ? `${node.value.slice(0, SHOWN)}…` : node.value
    context.reportError(new GraphQLError(`${shown} is too large: numbers are finite, at most 1.8e308.`, { nodes: node }))
  }
  return { FloatValue: check, IntValue: check }
}

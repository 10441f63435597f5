import { GraphQLError } from 'graphql'
import type { ClientCode } from '../errors.ts'

/** Makes the error with which an operation is refused. */
export function refusedWith(code: ClientCode, message: string): GraphQLError {
  return new GraphQLError(message, { extensions: { code } })
}

/** Returns the error with a code, unless it has one. */
export function codedError(error: GraphQLError, code: ClientCode): GraphQLError {
  const { message, nodes = null, source, positions, path, originalError, extensions } = error
  return new GraphQLError(message, { nodes, source, positions, path, originalError, extensions: { code, ...extensions } })
}

/** Internal type. DO NOT USE DIRECTLY. */
type Exact<T extends { [key: string]: unknown }> = { [K in keyof T]: T[K] };
/** Internal type. DO NOT USE DIRECTLY. */
export type Incremental<T> = T | { [P in keyof T]?: P extends ' $fragmentName' | '__typename' ? T[P] : never };
import type { TypedDocumentNode as DocumentNode } from '@graphql-typed-document-node/core';
/** Kind of an action in the audit log, which lists what operators did, such as erasures. */
export type AuditAction =
  /** Somebody called the mutation `activateModel`, or ran a command that does the same. */
  | 'ACTIVATE_MODEL'
  /** Somebody called the mutation `createKey`, or ran a command that does the same. */
  | 'CREATE_KEY'
  /** Somebody called the mutation `eraseUser`, or ran a command that does the same. */
  | 'ERASE_USER'
  /** Somebody called the mutation `mergeUsers`, or ran a command that does the same. */
  | 'MERGE_USERS'
  /** Somebody called the mutation `registerModel`, or ran a command that does the same. */
  | 'REGISTER_MODEL'
  /** Somebody called the mutation `removeRules`, or ran a command that does the same. */
  | 'REMOVE_RULES'
  /** Somebody called the mutation `retireModel`, or ran a command that does the same. */
  | 'RETIRE_MODEL'
  /** Somebody called the mutation `revokeKey`, or ran a command that does the same. */
  | 'REVOKE_KEY'
  /** Somebody called the mutation `serveNeighbourLists`, or ran a command that does the same. */
  | 'SERVE_NEIGHBOUR_LISTS'
  /** Somebody called the mutation `setRules`, or ran a command that does the same. */
  | 'SET_RULES'
  /** Somebody called the mutation `shadowModel`, or ran a command that does the same. */
  | 'SHADOW_MODEL';

/** How an action of an operator ended, as the audit log shows it. */
export type AuditOutcome =
  /** The action was done. */
  | 'DONE'
  /** Nothing was done, because the model or the key does not exist, or because the model does not fit the service. */
  | 'REFUSED'
  /** The action is still running. Or the service does not know how it ended, because a process ended or the store did not answer. Check whether the change was made. */
  | 'UNKNOWN';

/** Code of an error. For a GraphQL error, the code is in `extensions.code`. For an error object in the data, it is in `code`. */
export type ErrorCode =
  /** The answer has more bytes than the service sends at once. Ask for fewer entries or fields. If `extensions` of the error has `applied: true`, the operation was a mutation, and the service has carried it out. */
  | 'ANSWER_TOO_LARGE'
  /** The HTTP body is not a GraphQL request in JSON. */
  | 'BAD_REQUEST'
  /** An argument, a variable or an element of the input (such as one event) is wrong. The message names it. */
  | 'BAD_USER_INPUT'
  /** The role of the caller may not do this, or may not do it for this user. Or the service does not allow the origin of the web page, or the `Host` header of the request. Nothing was done. */
  | 'FORBIDDEN'
  /** The document is not valid GraphQL. */
  | 'GRAPHQL_PARSE_FAILED'
  /** The document does not fit the schema. */
  | 'GRAPHQL_VALIDATION_FAILED'
  /** The service has a defect. The log of the service has the details. */
  | 'INTERNAL_SERVER_ERROR'
  /** The file of the model is damaged, or the model needs something that the service does not have, such as a feature. */
  | 'MODEL_CONTRACT'
  /** Something that the operation names does not exist, such as an item, a model or a key. */
  | 'NOT_FOUND'
  /** `operationName` is not the name of an operation in the document. */
  | 'OPERATION_RESOLUTION_FAILURE'
  /** The WebSocket message or the HTTP body is too large. The text of the error says how to split it. */
  | 'PAYLOAD_TOO_LARGE'
  /** The request has the SHA-256 hash of a document, but no persisted operation has this hash. */
  | 'PERSISTED_QUERY_NOT_FOUND'
  /** The request has only the hash of a document, and the service has no persisted operations. Send the document itself. */
  | 'PERSISTED_QUERY_NOT_SUPPORTED'
  /** The service runs only persisted operations, and the document of the request is not one of them. */
  | 'PERSISTED_QUERY_ONLY'
  /** The operation exceeds a limit, such as the number of nested fields. The message names the limit. */
  | 'QUERY_TOO_COMPLEX'
  /** The caller sends too many operations, or runs too many at the same time. Send the operation again later. If `extensions` of the error has `retryAfterMs`, wait for this number of milliseconds. */
  | 'RATE_LIMITED'
  /** The token or the key is missing, not valid, expired or revoked. Nothing was done. */
  | 'UNAUTHENTICATED'
  /** The store did not answer, or the service has too much to do. Send the same operation again. If `extensions` of the error has `retryAfterMs`, wait for this number of milliseconds first. */
  | 'UNAVAILABLE'
  /** The stored data of one user is damaged. The service records nothing about this user until an operator has repaired the data. */
  | 'UNREADABLE_STATE';

/** What a caller with a static key may do. A static key belongs to no user, so it cannot have the role `DEVICE`. */
export type KeyRole =
  /** An operator, who may do everything. */
  | 'ADMIN'
  /** An analyst, who may try out rules in a preview. An analyst may read everything except keys, the audit log and exports of the data of a person. */
  | 'ANALYST'
  /** A server that records events, asks for slates and uploads data, for any user. */
  | 'BACKEND';

/** What a caller may do. The reference page on access says which role may use which field. */
export type Role =
  /** An operator, who may do everything. */
  | 'ADMIN'
  /** An analyst, who may try out rules in a preview. An analyst may read everything except keys, the audit log and exports of the data of a person. */
  | 'ANALYST'
  /** A server that records events, asks for slates and uploads data, for any user. */
  | 'BACKEND'
  /** An app or a web page of one user. */
  | 'DEVICE';

export type KeyListQueryVariables = Exact<{ [key: string]: never; }>;


export type KeyListQuery = { keys: { edges: Array<{ node: { keyId: string, name: string, role: KeyRole, createdAt: string, lastUsedAt: string | null, revokedAt: string | null } }> } | null };

export type CreateKeyMutationVariables = Exact<{
  name: string;
  role: KeyRole;
}>;


export type CreateKeyMutation = { createKey:
    | { secret: string, key: { keyId: string, name: string, role: KeyRole } }
    | { code: ErrorCode, message: string }
   | null };

export type RevokeKeyMutationVariables = Exact<{
  keyId: string;
}>;


export type RevokeKeyMutation = { revokeKey:
    | { __typename: 'InvalidInputError', code: ErrorCode, message: string }
    | { __typename: 'NotFoundError', code: ErrorCode, message: string }
    | { __typename: 'RevokeKeyPayload', key: { keyId: string, revokedAt: string | null } }
   | null };

export type AuditTrailQueryVariables = Exact<{
  first: number;
  after?: string | null | undefined;
  action?: AuditAction | null | undefined;
}>;


export type AuditTrailQuery = { auditLog: { pageInfo: { hasNextPage: boolean, endCursor: string | null }, edges: Array<{ node: { sequence: number, at: string, action: AuditAction, outcome: AuditOutcome, role: Role, keyId: string | null, subject: string | null, target: string | null, stateBefore: { [key: string]: unknown } | null, stateAfter: { [key: string]: unknown } | null } }> } | null };


export const KeyListDocument = {"kind":"Document","definitions":[{"kind":"OperationDefinition","operation":"query","name":{"kind":"Name","value":"KeyList"},"selectionSet":{"kind":"SelectionSet","selections":[{"kind":"Field","name":{"kind":"Name","value":"keys"},"arguments":[{"kind":"Argument","name":{"kind":"Name","value":"last"},"value":{"kind":"IntValue","value":"500"}}],"selectionSet":{"kind":"SelectionSet","selections":[{"kind":"Field","name":{"kind":"Name","value":"edges"},"selectionSet":{"kind":"SelectionSet","selections":[{"kind":"Field","name":{"kind":"Name","value":"node"},"selectionSet":{"kind":"SelectionSet","selections":[{"kind":"Field","name":{"kind":"Name","value":"keyId"}},{"kind":"Field","name":{"kind":"Name","value":"name"}},{"kind":"Field","name":{"kind":"Name","value":"role"}},{"kind":"Field","name":{"kind":"Name","value":"createdAt"}},{"kind":"Field","name":{"kind":"Name","value":"lastUsedAt"}},{"kind":"Field","name":{"kind":"Name","value":"revokedAt"}}]}}]}}]}}]}}]} as unknown as DocumentNode<KeyListQuery, KeyListQueryVariables>;
export const CreateKeyDocument = {"kind":"Document","definitions":[{"kind":"OperationDefinition","operation":"mutation","name":{"kind":"Name","value":"CreateKey"},"variableDefinitions":[{"kind":"VariableDefinition","variable":{"kind":"Variable","name":{"kind":"Name","value":"name"}},"type":{"kind":"NonNullType","type":{"kind":"NamedType","name":{"kind":"Name","value":"String"}}}},{"kind":"VariableDefinition","variable":{"kind":"Variable","name":{"kind":"Name","value":"role"}},"type":{"kind":"NonNullType","type":{"kind":"NamedType","name":{"kind":"Name","value":"KeyRole"}}}}],"selectionSet":{"kind":"SelectionSet","selections":[{"kind":"Field","name":{"kind":"Name","value":"createKey"},"arguments":[{"kind":"Argument","name":{"kind":"Name","value":"input"},"value":{"kind":"ObjectValue","fields":[{"kind":"ObjectField","name":{"kind":"Name","value":"name"},"value":{"kind":"Variable","name":{"kind":"Name","value":"name"}}},{"kind":"ObjectField","name":{"kind":"Name","value":"role"},"value":{"kind":"Variable","name":{"kind":"Name","value":"role"}}}]}}],"selectionSet":{"kind":"SelectionSet","selections":[{"kind":"InlineFragment","typeCondition":{"kind":"NamedType","name":{"kind":"Name","value":"CreateKeyPayload"}},"selectionSet":{"kind":"SelectionSet","selections":[{"kind":"Field","name":{"kind":"Name","value":"secret"}},{"kind":"Field","name":{"kind":"Name","value":"key"},"selectionSet":{"kind":"SelectionSet","selections":[{"kind":"Field","name":{"kind":"Name","value":"keyId"}},{"kind":"Field","name":{"kind":"Name","value":"name"}},{"kind":"Field","name":{"kind":"Name","value":"role"}}]}}]}},{"kind":"InlineFragment","typeCondition":{"kind":"NamedType","name":{"kind":"Name","value":"Error"}},"selectionSet":{"kind":"SelectionSet","selections":[{"kind":"Field","name":{"kind":"Name","value":"code"}},{"kind":"Field","name":{"kind":"Name","value":"message"}}]}}]}}]}}]} as unknown as DocumentNode<CreateKeyMutation, CreateKeyMutationVariables>;
export const RevokeKeyDocument = {"kind":"Document","definitions":[{"kind":"OperationDefinition","operation":"mutation","name":{"kind":"Name","value":"RevokeKey"},"variableDefinitions":[{"kind":"VariableDefinition","variable":{"kind":"Variable","name":{"kind":"Name","value":"keyId"}},"type":{"kind":"NonNullType","type":{"kind":"NamedType","name":{"kind":"Name","value":"ID"}}}}],"selectionSet":{"kind":"SelectionSet","selections":[{"kind":"Field","name":{"kind":"Name","value":"revokeKey"},"arguments":[{"kind":"Argument","name":{"kind":"Name","value":"input"},"value":{"kind":"ObjectValue","fields":[{"kind":"ObjectField","name":{"kind":"Name","value":"keyId"},"value":{"kind":"Variable","name":{"kind":"Name","value":"keyId"}}}]}}],"selectionSet":{"kind":"SelectionSet","selections":[{"kind":"Field","name":{"kind":"Name","value":"__typename"}},{"kind":"InlineFragment","typeCondition":{"kind":"NamedType","name":{"kind":"Name","value":"RevokeKeyPayload"}},"selectionSet":{"kind":"SelectionSet","selections":[{"kind":"Field","name":{"kind":"Name","value":"key"},"selectionSet":{"kind":"SelectionSet","selections":[{"kind":"Field","name":{"kind":"Name","value":"keyId"}},{"kind":"Field","name":{"kind":"Name","value":"revokedAt"}}]}}]}},{"kind":"InlineFragment","typeCondition":{"kind":"NamedType","name":{"kind":"Name","value":"Error"}},"selectionSet":{"kind":"SelectionSet","selections":[{"kind":"Field","name":{"kind":"Name","value":"code"}},{"kind":"Field","name":{"kind":"Name","value":"message"}}]}}]}}]}}]} as unknown as DocumentNode<RevokeKeyMutation, RevokeKeyMutationVariables>;
export const AuditTrailDocument = {"kind":"Document","definitions":[{"kind":"OperationDefinition","operation":"query","name":{"kind":"Name","value":"AuditTrail"},"variableDefinitions":[{"kind":"VariableDefinition","variable":{"kind":"Variable","name":{"kind":"Name","value":"first"}},"type":{"kind":"NonNullType","type":{"kind":"NamedType","name":{"kind":"Name","value":"Int"}}}},{"kind":"VariableDefinition","variable":{"kind":"Variable","name":{"kind":"Name","value":"after"}},"type":{"kind":"NamedType","name":{"kind":"Name","value":"String"}}},{"kind":"VariableDefinition","variable":{"kind":"Variable","name":{"kind":"Name","value":"action"}},"type":{"kind":"NamedType","name":{"kind":"Name","value":"AuditAction"}}}],"selectionSet":{"kind":"SelectionSet","selections":[{"kind":"Field","name":{"kind":"Name","value":"auditLog"},"arguments":[{"kind":"Argument","name":{"kind":"Name","value":"first"},"value":{"kind":"Variable","name":{"kind":"Name","value":"first"}}},{"kind":"Argument","name":{"kind":"Name","value":"after"},"value":{"kind":"Variable","name":{"kind":"Name","value":"after"}}},{"kind":"Argument","name":{"kind":"Name","value":"action"},"value":{"kind":"Variable","name":{"kind":"Name","value":"action"}}}],"selectionSet":{"kind":"SelectionSet","selections":[{"kind":"Field","name":{"kind":"Name","value":"pageInfo"},"selectionSet":{"kind":"SelectionSet","selections":[{"kind":"Field","name":{"kind":"Name","value":"hasNextPage"}},{"kind":"Field","name":{"kind":"Name","value":"endCursor"}}]}},{"kind":"Field","name":{"kind":"Name","value":"edges"},"selectionSet":{"kind":"SelectionSet","selections":[{"kind":"Field","name":{"kind":"Name","value":"node"},"selectionSet":{"kind":"SelectionSet","selections":[{"kind":"Field","name":{"kind":"Name","value":"sequence"}},{"kind":"Field","name":{"kind":"Name","value":"at"}},{"kind":"Field","name":{"kind":"Name","value":"action"}},{"kind":"Field","name":{"kind":"Name","value":"outcome"}},{"kind":"Field","name":{"kind":"Name","value":"role"}},{"kind":"Field","name":{"kind":"Name","value":"keyId"}},{"kind":"Field","name":{"kind":"Name","value":"subject"}},{"kind":"Field","name":{"kind":"Name","value":"target"}},{"kind":"Field","name":{"kind":"Name","value":"stateBefore"}},{"kind":"Field","name":{"kind":"Name","value":"stateAfter"}}]}}]}}]}}]}}]} as unknown as DocumentNode<AuditTrailQuery, AuditTrailQueryVariables>;
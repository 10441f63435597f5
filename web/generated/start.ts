/** Internal type. DO NOT USE DIRECTLY. */
type Exact<T extends { [key: string]: unknown }> = { [K in keyof T]: T[K] };
/** Internal type. DO NOT USE DIRECTLY. */
export type Incremental<T> = T | { [P in keyof T]?: P extends ' $fragmentName' | '__typename' ? T[P] : never };
import type { TypedDocumentNode as DocumentNode } from '@graphql-typed-document-node/core';
/** Where the service keeps its data. */
export type StoreKind =
  /** The embedded store: the memory of one process, and files in the folder `DATA_DIR`. */
  | 'EMBEDDED'
  /** Redis, which several processes can share. */
  | 'REDIS';

export type StartStatusQueryVariables = Exact<{ [key: string]: never; }>;


export type StartStatusQuery = { status: { version: string, startedAt: string, store: StoreKind, storeWarnings: Array<string>, eventsPerSecond: number, slatesPerSecond: number, subscribers: number, recommendationMs: { p50: number } | null } | null };


export const StartStatusDocument = {"kind":"Document","definitions":[{"kind":"OperationDefinition","operation":"query","name":{"kind":"Name","value":"StartStatus"},"selectionSet":{"kind":"SelectionSet","selections":[{"kind":"Field","name":{"kind":"Name","value":"status"},"selectionSet":{"kind":"SelectionSet","selections":[{"kind":"Field","name":{"kind":"Name","value":"version"}},{"kind":"Field","name":{"kind":"Name","value":"startedAt"}},{"kind":"Field","name":{"kind":"Name","value":"store"}},{"kind":"Field","name":{"kind":"Name","value":"storeWarnings"}},{"kind":"Field","name":{"kind":"Name","value":"eventsPerSecond"}},{"kind":"Field","name":{"kind":"Name","value":"slatesPerSecond"}},{"kind":"Field","name":{"kind":"Name","value":"subscribers"}},{"kind":"Field","name":{"kind":"Name","value":"recommendationMs"},"selectionSet":{"kind":"SelectionSet","selections":[{"kind":"Field","name":{"kind":"Name","value":"p50"}}]}}]}}]}}]} as unknown as DocumentNode<StartStatusQuery, StartStatusQueryVariables>;
import type { ServerLoad } from '../server/server.ts'
import type { Service } from '../service/service.ts'

const KB = 1024
/** Memory of an open TCP connection, in bytes. Measured, like those below: 1,500 of each, by the heap after a collection. */
const CONNECTION = 4 * KB
/** Memory of a WebSocket beside its connection, in bytes. */
const WEB_SOCKET = 6 * KB
/** Memory of an open subscription beside its connection, in bytes. */
const SUBSCRIPTION = 28 * KB
/** A loaded model takes about so many times the size of its file: the graph of the runtime, and the trees that explain its scores. */
const LOADED_MODEL = 7

/**
 * Measures or estimates the memory of the data of a process, in bytes, by what needs it. It reads samples of the data, and takes some
 * milliseconds: call it for a scrape, not for a request.
 */
export function memoryByOwner({ ingest, catalogue, models, activity, storeFigures }: Service, load: ServerLoad) {
  return {
    vectors: catalogue.vectors.bytes,
    catalogue: catalogue.bytes,
    models: LOADED_MODEL * models.fileBytes,
    decoded_users: ingest.heldBytes,
    connections: CONNECTION * load.connections + WEB_SOCKET * load.webSockets,
    subscriptions: SUBSCRIPTION * activity.subscribers,
    ...storeFigures().memory?.bytes(),
  }
}

import type { DataSource, EntitySubscriberInterface } from 'typeorm';

/**
 * Rings after commits on a data source. TypeORM also calls it when a savepoint is released, so it says
 * "look now" and never "it is stored".
 */
export function onCommit(dataSource: DataSource, listener: () => void): () => void {
  return subscribe(dataSource, { afterTransactionCommit: listener });
}

/** Rings, synchronously, when a transaction or a savepoint has ended either way. */
export function onTransactionEnd(dataSource: DataSource, listener: () => void): () => void {
  return subscribe(dataSource, { afterTransactionCommit: listener, afterTransactionRollback: listener });
}

function subscribe(dataSource: DataSource, subscriber: EntitySubscriberInterface): () => void {
  dataSource.subscribers.push(subscriber);
  return () => {
    const index = dataSource.subscribers.indexOf(subscriber);
    if (index >= 0) dataSource.subscribers.splice(index, 1);
  };
}

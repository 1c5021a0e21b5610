import { Injectable } from '@nestjs/common';
import { DataSource, type EntityManager } from 'typeorm';

/**
 * The shop's writes, one transaction after the other.
 *
 * TypeORM has one connection per SQLite file: a second transaction that begins meanwhile becomes a part of
 * the first, and is lost with it. On PostgreSQL or MariaDB this class is `dataSource.transaction()`.
 */
@Injectable()
export class ShopDatabase {
  #last: Promise<unknown> = Promise.resolve();

  constructor(private readonly dataSource: DataSource) {}

  get reader(): EntityManager {
    return this.dataSource.manager;
  }

  write<T>(work: (manager: EntityManager) => Promise<T>): Promise<T> {
    const turn = this.#last.then(() => this.dataSource.transaction(work));
    // The next one must not fail because this one did.
    this.#last = turn.catch(() => undefined);
    return turn;
  }
}

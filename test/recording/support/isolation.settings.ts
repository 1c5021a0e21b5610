import type { TestDatabase } from '../../support/databases.js';
import { type Level, LEVELS } from './order.transaction.js';

/** MariaDB from 11.6 on refuses rows that are younger than a snapshot; older ones and MySQL do not know the setting. */
const SNAPSHOT_ISOLATION = 'SET SESSION innodb_snapshot_isolation';

export interface Setting {
  readonly name: string;
  readonly level: Level | undefined;
  readonly session: readonly string[];
  /** Nothing that was committed after the snapshot can be read or changed. */
  readonly blind: boolean;
}

/** Every way in which a transaction can look at the others. */
export const settingsOf = ({ name }: TestDatabase): Setting[] => {
  if (name === 'sqlite') return [{ name: 'its only level', level: undefined, session: [], blind: false }];
  const hasSnapshot = (level: Level): boolean => level === 'REPEATABLE READ' || level === 'SERIALIZABLE';
  if (name !== 'mariadb') {
    return LEVELS.map((level) => ({
      name: level,
      level,
      session: [],
      blind: name === 'postgres' && hasSnapshot(level),
    }));
  }
  return [
    ...LEVELS.map((level) => ({
      name: level,
      level,
      session: [`${SNAPSHOT_ISOLATION} = OFF`],
      blind: false,
    })),
    // In SERIALIZABLE every read locks, and the setting ends the transaction at the app's own reads already.
    ...LEVELS.filter((level) => level !== 'SERIALIZABLE').map((level) => ({
      name: `${level} with innodb_snapshot_isolation`,
      level,
      session: [`${SNAPSHOT_ISOLATION} = ON`],
      blind: hasSnapshot(level),
    })),
  ];
};

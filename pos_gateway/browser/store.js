/** IndexedDB with promises: tables, and turns in which several steps are done or none. */

/**
 * @typedef {object} Turn what may be done in one turn; nothing else may be awaited in it
 * @property {(table: string, key: IDBValidKey) => Promise<any>} get undefined where there is none
 * @property {(table: string) => Promise<any[]>} all by key, ascending
 * @property {(table: string, value: any, key?: IDBValidKey) => Promise<IDBValidKey>} put
 * @property {(table: string, key: IDBValidKey) => Promise<void>} remove
 */

/** A database of the browser. */
export class Store {
  #database;

  /** @param {IDBDatabase} database */
  constructor(database) {
    this.#database = database;
    // Another tab has a newer version of the page: it must not wait for this one to be closed.
    database.addEventListener("versionchange", () => database.close());
  }

  /**
   * Open a database, made on first use.
   * @param {string} name
   * @param {Record<string, IDBObjectStoreParameters>} tables each with its options, such as
   *   `{keyPath: "number"}`
   * @param {number} [version] one more whenever a table is added
   * @returns {Promise<Store>}
   * @throws {DOMException} where the browser keeps nothing (some private windows)
   */
  static async open(name, tables, version = 1) {
    const opening = indexedDB.open(name, version);
    opening.addEventListener("upgradeneeded", () => {
      for (const [table, options] of Object.entries(tables)) {
        if (opening.result.objectStoreNames.contains(table)) continue;
        opening.result.createObjectStore(table, options);
      }
    });
    return new Store(await outcome(opening));
  }

  /**
   * Several steps at once: all are kept, or, if `work` throws, none. Turns that write the same
   * table follow each other, in all tabs.
   * @template T
   * @param {string[]} tables
   * @param {(turn: Turn) => Promise<T>} work
   * @returns {Promise<T>} once it is on disk
   */
  async turn(tables, work) {
    const under = this.#database.transaction(tables, "readwrite", { durability: "strict" });
    const done = finished(under);
    try {
      const result = await work(stepsOf(under));
      await done;
      return result;
    } catch (wrong) {
      abort(under);
      await done.catch(() => {});
      throw wrong;
    }
  }

  /** @returns {Promise<any>} undefined where there is none */
  get(table, key) {
    return outcome(this.#reading(table).get(key));
  }

  /** @returns {Promise<any[]>} by key, ascending */
  all(table) {
    return outcome(this.#reading(table).getAll());
  }

  /** @returns {Promise<IDBValidKey>} once it is on disk */
  put(table, value, key) {
    return this.turn([table], (turn) => turn.put(table, value, key));
  }

  /** @returns {Promise<void>} once it is gone from disk */
  remove(table, key) {
    return this.turn([table], (turn) => turn.remove(table, key));
  }

  close() {
    this.#database.close();
  }

  #reading(table) {
    return this.#database.transaction([table], "readonly").objectStore(table);
  }
}

function stepsOf(under) {
  const of = (table) => under.objectStore(table);
  return {
    get: (table, key) => outcome(of(table).get(key)),
    all: (table) => outcome(of(table).getAll()),
    put: (table, value, key) => outcome(of(table).put(value, key)),
    remove: (table, key) => outcome(of(table).delete(key)),
  };
}

function outcome(request) {
  return new Promise((resolve, reject) => {
    request.addEventListener("success", () => resolve(request.result));
    request.addEventListener("error", () => reject(request.error));
  });
}

function finished(under) {
  return new Promise((resolve, reject) => {
    under.addEventListener("complete", () => resolve());
    under.addEventListener("abort", () => reject(under.error ?? new DOMException("", "AbortError")));
  });
}

function abort(under) {
  try {
    under.abort();
  } catch {
    // It was over already.
  }
}

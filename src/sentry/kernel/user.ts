/** What is counted per user: RLIMIT_SIGPENDING. */
export class User {
  /** Signals in queues. */
  pendingSignals = 0;

  constructor(readonly uid: number) {}
}

/** The users that have been seen; few, so they stay. */
export class Users {
  readonly #users: Map<number, User> = new Map();

  get(uid: number): User {
    let user = this.#users.get(uid);
    if (user === undefined) {
      user = new User(uid);
      this.#users.set(uid, user);
    }
    return user;
  }
}

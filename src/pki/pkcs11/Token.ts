import type { Handle, PKCS11 } from "pkcs11js";
import { openLibrary, slotOf, type Cryptoki } from "./library.js";
import { Pkcs11Error, failure, returnValueOf } from "./Pkcs11Error.js";

export interface TokenSettings {
  /** Path of the token's PKCS#11 library. */
  module: string;
  /** The token's label. */
  token: string;
  pin: string;
}

/** What one use of a token is given. Nobody else uses the session meanwhile; object handles are good as long as it is. */
export interface Session {
  cryptoki: Cryptoki;
  library: PKCS11;
  handle: Handle;
}

const ALREADY_LOGGED_IN = 0x100;
const refusedPin = new Map([
  [0xa0, "the PIN is wrong"], // CKR_PIN_INCORRECT
  [0xa1, "the PIN is invalid"], // CKR_PIN_INVALID
  [0xa2, "the PIN is too short or too long"], // CKR_PIN_LEN_RANGE
  [0xa3, "the PIN has expired"], // CKR_PIN_EXPIRED
  [0xa4, "the PIN is locked"], // CKR_PIN_LOCKED
  [0x102, "no PIN has been set"], // CKR_USER_PIN_NOT_INITIALIZED
]);

/**
 * A token, logged in to, through one session. A session does one thing at a time (v2.40 §5.1, CKR_OPERATION_ACTIVE), so
 * its uses queue. After a failure the next use begins with a new session: the token may have been restarted, or the
 * session left in the middle of something.
 */
export class Token {
  private readonly library: PKCS11;
  private readonly what: string;
  private session: Session | undefined;
  private end: Pkcs11Error | undefined;
  private queue: Promise<unknown> = Promise.resolve();

  /** Throws Pkcs11Error where there is no such library or token, or where the PIN isn't the token's. */
  constructor(private readonly cryptoki: Cryptoki, private readonly settings: TokenSettings) {
    this.what = `token "${settings.token}"`;
    this.library = openLibrary(cryptoki, settings.module);
    this.session = this.logIn();
  }

  /** Uses the token once all that asked before are done. What fails rejects with Pkcs11Error, and only this one. */
  use<T>(purpose: string, deed: (session: Session) => T | Promise<T>): Promise<T> {
    const result = this.queue.then(async () => {
      this.session ??= this.logIn();
      try {
        return await deed(this.session);
      } catch (cause) {
        if (!(cause instanceof Pkcs11Error)) this.dropSession();
        throw failure(`${this.what}: ${purpose}`, cause);
      }
    });
    this.queue = result.catch(() => undefined);
    return result;
  }

  /** Logs out once all that asked before are done. */
  close(): void {
    this.queue = this.queue.then(() => {
      this.dropSession();
      this.end ??= new Pkcs11Error(`${this.what} is closed`);
    });
  }

  /** A new session. The login is the process's: where another session made it, the PIN isn't looked at (v2.40 §5.6). */
  private logIn(): Session {
    if (this.end) throw this.end;
    const { cryptoki, library, settings } = this;
    const handle = this.openSession();
    try {
      library.C_Login(handle, cryptoki.CKU_USER, settings.pin);
    } catch (cause) {
      if (returnValueOf(cause) !== ALREADY_LOGGED_IN) {
        library.C_CloseSession(handle);
        throw this.refused(cause);
      }
    }
    return { cryptoki, library, handle };
  }

  private openSession(): Handle {
    const { cryptoki, library, settings } = this;
    try {
      return library.C_OpenSession(slotOf(library, settings.token), cryptoki.CKF_SERIAL_SESSION | cryptoki.CKF_RW_SESSION);
    } catch (cause) {
      throw failure(this.what, cause);
    }
  }

  /** A refused PIN is never tried again: after a few wrong ones tokens lock. */
  private refused(cause: unknown): Pkcs11Error {
    const reason = refusedPin.get(returnValueOf(cause) ?? 0);
    if (!reason) return failure(`${this.what}: login`, cause);
    this.end = new Pkcs11Error(`${this.what}: ${reason}`, { cause });
    return this.end;
  }

  private dropSession(): void {
    try {
      if (this.session) this.library.C_CloseSession(this.session.handle);
    } catch {
      // It was gone already.
    }
    this.session = undefined;
  }
}

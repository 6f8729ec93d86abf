import { readFileSync } from 'node:fs';
import { readTokens, type Token, TokenFileError } from './tokens';

const LOOK_AGAIN_AFTER_S = 1;

/** A file of tokens. It is read again when it has changed, so that tokens can be replaced while the server runs. */
export class TokenFile {
  private text: string;
  private known: readonly Token[];
  private lookedAtS: number;
  private told = '';

  /**
   * Throws {@link TokenFileError} if it can't be read. `elapsedS`: monotonic seconds. `failed` hears of faults later on; the tokens before
   * stay in force then.
   */
  constructor(
    private readonly path: string,
    private readonly elapsedS: () => number,
    private readonly failed: (error: unknown) => void,
  ) {
    this.text = this.read();
    this.known = readTokens(this.text, path);
    this.lookedAtS = elapsedS();
  }

  tokens(): readonly Token[] {
    const nowS = this.elapsedS();
    if (nowS - this.lookedAtS >= LOOK_AGAIN_AFTER_S) {
      this.lookedAtS = nowS;
      this.lookAgain();
    }
    return this.known;
  }

  private lookAgain(): void {
    try {
      const text = this.read();
      if (text !== this.text) this.known = readTokens(text, this.path);
      this.text = text;
      this.told = '';
    } catch (error) {
      // Once, not each second.
      if (String(error) !== this.told) this.failed(error);
      this.told = String(error);
    }
  }

  private read(): string {
    try {
      return readFileSync(this.path, 'utf8');
    } catch (error) {
      throw new TokenFileError(`${this.path} can't be read: ${(error as Error).message}`);
    }
  }
}

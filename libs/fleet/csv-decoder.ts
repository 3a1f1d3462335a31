/** Encodings an import takes; GB18030 contains GBK and GB2312. */
const ENCODINGS: ReadonlyMap<string, 'utf-8' | 'gb18030'> = new Map([
  ['utf-8', 'utf-8'],
  ['utf8', 'utf-8'],
  ['us-ascii', 'utf-8'],
  ['gbk', 'gb18030'],
  ['gb2312', 'gb18030'],
  ['gb18030', 'gb18030'],
  ['cp936', 'gb18030'],
]);

/** A file whose bytes are in no encoding we read; `message` says which and where to look. */
export class CsvEncodingError extends Error {}

/**
 * Bytes to text, in pieces. Without a charset the first piece that is more than ASCII decides: valid UTF-8 is
 * UTF-8, all else GBK, which is what Chinese spreadsheets save. Two short words of GBK may look like UTF-8: a
 * charset settles it. A byte order mark is dropped.
 */
export class CsvDecoder {
  private encoding: 'utf-8' | 'gb18030' | null;
  private decoder: InstanceType<typeof TextDecoder> | null = null;

  /** Throws a CsvEncodingError for a charset we do not read. */
  constructor(charset: string | null) {
    this.encoding = charset === null ? null : (ENCODINGS.get(charset.toLowerCase()) ?? null);
    if (charset !== null && this.encoding === null)
      throw new CsvEncodingError(`charset ${JSON.stringify(charset)} is not read: send UTF-8 or GBK`);
  }

  /** Null while undecided: nothing but ASCII yet. */
  get detected(): 'utf-8' | 'gb18030' | null {
    return this.encoding;
  }

  /** Throws a CsvEncodingError for bytes that are no character of the encoding. */
  decode(piece: Uint8Array): string {
    if (this.encoding === null) this.decide(piece);
    return this.text(piece, true);
  }

  /** The rest; throws when the file ends inside a character. */
  end(): string {
    return this.text(new Uint8Array(0), false);
  }

  private decide(piece: Uint8Array): void {
    const mark = `${piece[0]},${piece[1]}`;
    if (mark === '255,254' || mark === '254,255')
      throw new CsvEncodingError('the file is UTF-16 ("Unicode text"): save it as CSV UTF-8');
    if (piece.every((byte) => byte < 0x80)) return;
    this.encoding = looksLikeUtf8(piece) ? 'utf-8' : 'gb18030';
    this.decoder = null;
  }

  private text(piece: Uint8Array, stream: boolean): string {
    this.decoder ??= new TextDecoder(this.encoding ?? 'utf-8', { fatal: true });
    try {
      return this.decoder.decode(piece, { stream });
    } catch {
      const name = this.encoding === 'gb18030' ? 'GBK' : 'UTF-8';
      throw new CsvEncodingError(
        `the file is not ${name} throughout: save it anew, or name its charset in the content type`,
      );
    }
  }
}

/** A character may be cut at the end of the piece, so decoding goes on as a stream. */
function looksLikeUtf8(piece: Uint8Array): boolean {
  try {
    new TextDecoder('utf-8', { fatal: true }).decode(piece, { stream: true });
    return true;
  } catch {
    return false;
  }
}

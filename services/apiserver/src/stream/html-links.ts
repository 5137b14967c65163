/**
 * The links of a page that is shown below another path than it thinks: those that begin at the root of its server
 * are led to where that root is here (as the proxies of Kubernetes do). All else passes byte for byte.
 */
import { Transform, type TransformCallback } from 'node:stream';

/** Attributes that hold a URL, in whichever element (HTML 4.01, section 5.2.2, and HTML5). */
const URL_ATTRIBUTE =
  /(\s(?:action|background|cite|classid|codebase|data|formaction|href|icon|longdesc|manifest|poster|profile|src|usemap)\s*=\s*)("[^"]*"|'[^']*'|[^\s"'>]+)/gi;
/** What lies within is text to a browser, whatever it looks like. */
const RAW = /^<(script|style|textarea|title)[\s>/]/i;
const COMMENT = '<!--';
/** A "tag" longer than this is none: it passes as it is. */
const MAX_TAG_LENGTH = 65_536;

/** @param base where the root of the proxied server is, without a final slash. */
export class HtmlLinks extends Transform {
  readonly #base: string;
  /** What may be the beginning of something longer. One character a byte. */
  #pending = '';
  /** The end of what has to be passed unread: `-->`, `</script`. */
  #until: string | undefined;

  constructor(base: string) {
    super();
    this.#base = base;
  }

  override _transform(chunk: Uint8Array, _encoding: BufferEncoding, done: TransformCallback): void {
    this.#pending += Buffer.from(chunk).toString('latin1');
    done(null, this.#take(false));
  }

  override _flush(done: TransformCallback): void {
    done(null, this.#take(true));
  }

  #take(isEnd: boolean): Buffer {
    const out: string[] = [];
    let text = this.#pending;
    while (text !== '') {
      const length = this.#next(text, isEnd);
      if (length === 0) break;
      const piece = text.slice(0, length);
      text = text.slice(length);
      out.push(this.#until === undefined && piece.startsWith('<') ? this.#tag(piece) : piece);
      if (this.#until !== undefined && piece.endsWith(this.#until)) this.#until = undefined;
    }
    this.#pending = text;
    return Buffer.from(out.join(''), 'latin1');
  }

  /** How much of `text` is one piece: text up to a tag, a tag, or what is passed unread. 0: not known yet. */
  #next(text: string, isEnd: boolean): number {
    const rest = isEnd ? text.length : 0;
    if (this.#until !== undefined) {
      const end = text.toLowerCase().indexOf(this.#until);
      if (end >= 0) return end + this.#until.length;
      return isEnd ? rest : Math.max(0, text.length - this.#until.length);
    }
    const open = text.indexOf('<');
    if (open !== 0) return open < 0 ? text.length : open;
    if (text.length === 1) return rest;
    if (!/^<[a-z/!?]/i.test(text)) return 1;
    if (text.startsWith(COMMENT)) return COMMENT.length;
    if (!isEnd && COMMENT.startsWith(text)) return 0;
    const close = text.indexOf('>');
    if (close >= 0) return close + 1;
    return text.length > MAX_TAG_LENGTH ? text.length : rest;
  }

  #tag(tag: string): string {
    if (tag === COMMENT) {
      this.#until = '-->';
      return tag;
    }
    if (!/^<[a-z].*>$/is.test(tag)) return tag;
    const raw = RAW.exec(tag)?.[1];
    if (raw !== undefined) this.#until = `</${raw.toLowerCase()}`;
    return tag.replace(URL_ATTRIBUTE, (_, name: string, value: string) => name + this.#led(value));
  }

  #led(value: string): string {
    const quote = /^["']/.exec(value)?.[0] ?? '';
    const url = quote === '' ? value : value.slice(1, -1);
    const isFromRoot = url.startsWith('/') && !url.startsWith('//');
    const isLed = url === this.#base || url.startsWith(`${this.#base}/`);
    return isFromRoot && !isLed ? `${quote}${this.#base}${url}${quote}` : value;
  }
}

/**
 * What a car can show, each picture once and as the bytes of its JSON fields: a recorded morning of a
 * thousand lifts is then a list of numbers a lift, and a message is two copies.
 */
export class PictureTable {
  private readonly ids = new Map<string, Map<number, number>>();
  private readonly texts: string[] = [];
  private sealed: { readonly bytes: Buffer; readonly starts: Uint32Array } | null = null;

  /**
   * The pictures that `place` names, by a number each that stands for everything else they show: hashing
   * their texts took most of the time of a recording.
   */
  within(place: string): Map<number, number> {
    let known = this.ids.get(place);
    if (known === undefined) {
      known = new Map();
      this.ids.set(place, known);
    }
    return known;
  }

  /** `fields` is the inside of a JSON object, e.g. `"moving":true,"floor":"3"`. Answers its index. */
  add(fields: string): number {
    if (this.sealed) throw new Error('a picture was added after the table was read');
    return this.texts.push(fields) - 1;
  }

  get size(): number {
    return this.texts.length;
  }

  /** Picture n is `bytes` from `starts[n]` to `starts[n + 1]`. Nothing can be added afterwards. */
  seal(): { readonly bytes: Buffer; readonly starts: Uint32Array } {
    if (this.sealed === null) {
      const starts = new Uint32Array(this.texts.length + 1);
      this.texts.forEach((text, n) => {
        starts[n + 1] = (starts[n] ?? 0) + Buffer.byteLength(text);
      });
      this.sealed = { bytes: Buffer.from(this.texts.join('')), starts };
    }
    return this.sealed;
  }
}

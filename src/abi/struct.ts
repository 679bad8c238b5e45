/**
 * C structs as typed accessors over bytes.
 *
 * ```ts
 * const PollFd = struct({ fd: "i32", events: "i16", revents: "i16" });
 * const p = PollFd.alloc(); // p.fd, p.events, p.revents, p.bytes
 * ```
 *
 * All values are little-endian, sizes and alignments are x86-64's. `i64`, `u64`
 * and `ptr` are read as `hi * 2^32 + lo`, so values beyond 2^53 are rounded;
 * what must survive bit for bit is `bits64`, two 32-bit halves. A module
 * allocates its accessors once and reads or writes their fields; nothing here
 * allocates afterwards, except the first use of a nested struct or array. A
 * type's accessor class is made with its first accessor: the many types that a
 * sandbox does not use cost its start next to nothing.
 *
 * @module
 */

import {
  getScalar,
  type Scalar,
  scalarAt,
  setScalar,
  SIZES,
} from "./scalar.ts";

export type { Scalar };
export { getI64, getU64, setI64, setU64 } from "./scalar.ts";

/** What one array element or field can be. */
export type Element = Scalar | "bits64" | Layout;

/** A field: a scalar, `bits64`, another struct, or a fixed array of these. */
export type Kind = Element | readonly [Element, number];

/** Fields in C's order, under C's names. */
export type Fields = { readonly [name: string]: Kind };

/** One field as strace and the layout test need it. Sizes in bytes. */
export interface FieldInfo {
  readonly name: string;
  /** Byte offset in the struct. */
  readonly offset: number;
  /** Size of the whole field, all elements included. */
  readonly size: number;
  /** The scalar kind, `bits64`, or `struct`; that of an element in arrays. */
  readonly kind: Scalar | "bits64" | "struct";
  /** Number of elements; -1 where the field is no array. */
  readonly count: number;
  /** Layout of the (element's) struct, else null. */
  readonly layout: Layout | null;
}

/** Where a struct comes from and how C lays it out. */
export interface StructOptions {
  /** No padding: `__attribute__((packed))`. */
  readonly packed?: boolean;
  /** All fields lie at offset 0, as in a C union. */
  readonly union?: boolean;
  /** Offsets of fields that overlap earlier ones; the next field follows. */
  readonly place?: { readonly [name: string]: number };
  /** Least size in bytes, for forms that show a part of a bigger C struct. */
  readonly size?: number;
  /** Least alignment in bytes. */
  readonly align?: number;
  /** The last field is but the first byte of one of any length. */
  readonly flexible?: boolean;
  /** The C type, such as `struct pollfd`; the layout test compares it. */
  readonly c?: string;
  /** Header that declares `c`; several are separated by blanks. */
  readonly header?: string;
  /** C's member (designator) where it cannot be spelled as our field is. */
  readonly members?: { readonly [name: string]: string };
}

/** The part of a struct type that does not depend on its fields. */
export interface Layout {
  /** `sizeof`, in bytes. */
  readonly size: number;
  /** `_Alignof`, in bytes. */
  readonly align: number;
  /** All fields in C's order. */
  readonly fields: readonly FieldInfo[];
  readonly options: StructOptions;
}

/** The type of the value that a field of kind `K` shows. */
export type Value<K> = K extends Scalar ? number
  : K extends Struct<infer F> ? Access<F>
  : K extends readonly ["u8", number] ? Uint8Array<ArrayBuffer>
  : K extends readonly ["bits64", number] ? Bits64Array
  : K extends readonly [Scalar, number] ? ScalarArray
  : K extends readonly [Struct<infer F>, number] ? StructArray<Access<F>>
  : never;

type NumberField<F> = {
  [N in keyof F]: F[N] extends Scalar ? N : never;
}[keyof F];
type BitsField<F> = {
  [N in keyof F & string]: F[N] extends "bits64" ? N : never;
}[keyof F & string];
type ViewField<F> = Exclude<keyof F, NumberField<F> | BitsField<F>>;

/** An accessor object: the fields of one struct somewhere in memory. */
export type Access<F> =
  & Accessor
  & { -readonly [N in NumberField<F>]: number }
  & { [N in `${BitsField<F>}_lo` | `${BitsField<F>}_hi`]: number }
  & { readonly [N in ViewField<F>]: Value<F[N]> };

/** A struct type, made by {@linkcode struct}. */
export interface Struct<F> extends Layout {
  /** Byte offsets by field name; a `bits64` has `x`, `x_lo` and `x_hi`. */
  readonly offsets: {
    readonly [
      N in
        | (keyof F & string)
        | `${BitsField<F>}_lo`
        | `${BitsField<F>}_hi`
    ]: number;
  };
  /** A new accessor with a zeroed buffer of its own. */
  alloc(): Access<F>;
  /**
   * A new accessor over `bytes` from `offset` on.
   * Throws RangeError if the struct does not fit there.
   */
  at(bytes: Uint8Array, offset?: number): Access<F>;
}

/** Something that lies in a buffer and moves with the struct around it. */
abstract class Located {
  /** View of the whole buffer that the struct lies in. */
  view: DataView;
  /** Byte offset of the struct in `view`; 0 for accessors from `alloc`. */
  base: number;

  constructor(view: DataView, base: number) {
    this.view = view;
    this.base = base;
  }

  /** Points at other bytes. */
  move(view: DataView, base: number): void {
    this.view = view;
    this.base = base;
  }
}

/** The nested values of structs that have none. */
const NONE: null[] = [];

/** What every accessor object has besides its struct's fields. */
export abstract class Accessor extends Located {
  #bytes: Uint8Array<ArrayBuffer> | null = null;
  readonly layout: Layout;
  /** Nested structs and arrays by field index, made at first use. */
  protected readonly nested: (Located | Uint8Array<ArrayBuffer> | null)[];

  constructor(
    view: DataView,
    base: number,
    layout: Layout,
    viewFields: number,
  ) {
    super(view, base);
    this.layout = layout;
    this.nested = viewFields === 0 ? NONE : new Array(viewFields).fill(null);
  }

  /** The nested accessor of view field `index`. */
  inner(index: number, field: FieldInfo): Located | Uint8Array {
    return this.nested[index] ??= nestedValue(this, field);
  }

  /** Exactly the struct's bytes. */
  get bytes(): Uint8Array<ArrayBuffer> {
    return this.#bytes ??= bytesOf(this.view, this.base, this.layout.size);
  }

  /**
   * Re-targets this accessor to `bytes` from `offset` on, and returns it.
   * Within one buffer nothing is allocated.
   * Throws RangeError if the struct does not fit there.
   */
  at(bytes: Uint8Array, offset = 0): this {
    checkFit(this.layout, bytes, offset);
    const same = bytes.buffer === this.view.buffer;
    const view = same ? this.view : new DataView(bytes.buffer);
    this.move(view, bytes.byteOffset + offset);
    return this;
  }

  override move(view: DataView, base: number): void {
    this.#bytes = null;
    const delta = base - this.base;
    const { nested } = this;
    for (let i = 0; i < nested.length; i++) {
      const it = nested[i];
      if (it instanceof Located) it.move(view, it.base + delta);
      else nested[i] = null;
    }
    super.move(view, base);
  }
}

/** A fixed array of numbers. Indices are not checked against `length`. */
export class ScalarArray extends Located {
  readonly kind: Scalar;
  readonly length: number;

  constructor(view: DataView, base: number, kind: Scalar, length: number) {
    super(view, base);
    this.kind = kind;
    this.length = length;
  }

  get(i: number): number {
    const at = this.base + i * SIZES[this.kind];
    return getScalar(this.view, at, this.kind);
  }

  set(i: number, value: number): void {
    const at = this.base + i * SIZES[this.kind];
    setScalar(this.view, at, this.kind, value);
  }
}

/** A fixed array of 64-bit sets. Indices are not checked against `length`. */
export class Bits64Array extends Located {
  readonly length: number;

  constructor(view: DataView, base: number, length: number) {
    super(view, base);
    this.length = length;
  }

  lo(i: number): number {
    return this.view.getUint32(this.base + i * 8, true);
  }

  hi(i: number): number {
    return this.view.getUint32(this.base + i * 8 + 4, true);
  }

  set(i: number, lo: number, hi: number): void {
    this.view.setUint32(this.base + i * 8, lo, true);
    this.view.setUint32(this.base + i * 8 + 4, hi, true);
  }
}

/** A fixed array of structs; each element's accessor is made at first use. */
export class StructArray<A> extends Located {
  readonly length: number;
  readonly #items: (A & Located)[];
  readonly #make: () => A & Located;
  readonly #stride: number;

  constructor(
    view: DataView,
    base: number,
    length: number,
    stride: number,
    make: () => A & Located,
  ) {
    super(view, base);
    this.length = length;
    this.#items = [];
    this.#make = make;
    this.#stride = stride;
  }

  /** Element `i`. Throws RangeError outside the array. */
  get(i: number): A {
    if (!(i >= 0 && i < this.length)) throw new RangeError(`no element ${i}`);
    while (this.#items.length <= i) {
      const item = this.#make();
      item.move(this.view, this.base + this.#items.length * this.#stride);
      this.#items.push(item);
    }
    return this.#items[i];
  }

  override move(view: DataView, base: number): void {
    super.move(view, base);
    for (let i = 0; i < this.#items.length; i++) {
      this.#items[i].move(view, base + i * this.#stride);
    }
  }
}

/**
 * Declares a C struct: fields in C's order, with C's names.
 * Throws TypeError for a field name that accessors use themselves.
 */
export function struct<const F extends Fields>(
  fields: F,
  options: StructOptions = {},
): Struct<F> {
  const layout = layOut(fields, options);
  let Class: AccessorClass | null = null;
  const make = (view: DataView, base: number): Access<F> => {
    Class ??= classOf(layout);
    return new Class(view, base) as unknown as Access<F>;
  };
  const type = {
    ...layout,
    offsets: offsetsOf(layout) as Struct<F>["offsets"],
    alloc: () => make(new DataView(new ArrayBuffer(layout.size)), 0),
    at(bytes: Uint8Array, offset = 0): Access<F> {
      checkFit(layout, bytes, offset);
      return make(new DataView(bytes.buffer), bytes.byteOffset + offset);
    },
  };
  return type;
}

/** What accessors have themselves. */
const RESERVED: ReadonlySet<string> = new Set([
  ...["view", "base", "move", "at", "bytes", "layout", "nested", "inner"],
  ...["constructor", "toString", "valueOf", "hasOwnProperty"],
]);

function layOut(fields: Fields, options: StructOptions): Layout {
  const infos: FieldInfo[] = [];
  let end = 0;
  let size = 0;
  let align = options.align ?? 1;
  for (const [name, kind] of Object.entries(fields)) {
    if (RESERVED.has(name)) {
      throw new TypeError(`a struct field cannot be named ${name}`);
    }
    const isArray = Array.isArray(kind);
    const element = (isArray ? kind[0] : kind) as Element;
    const count = isArray ? kind[1] as number : -1;
    const layout = typeof element === "string" ? null : element;
    const scalar = typeof element === "string" ? element : "struct";
    const each = typeof element === "string" ? SIZES[element] : element.size;
    const own = typeof element === "string" ? each : element.align;
    const fieldAlign = options.packed ? 1 : own;
    const next = options.union ? 0 : roundUp(end, fieldAlign);
    const offset = options.place?.[name] ?? next;
    const fieldSize = isArray ? each * count : each;
    infos.push({ name, offset, size: fieldSize, kind: scalar, count, layout });
    end = offset + fieldSize;
    size = Math.max(size, end);
    align = Math.max(align, fieldAlign);
  }
  size = roundUp(Math.max(size, options.size ?? 0), align);
  return { size, align, fields: infos, options };
}

function offsetsOf(layout: Layout): { [name: string]: number } {
  const offsets: { [name: string]: number } = {};
  for (const { name, offset, kind, count } of layout.fields) {
    offsets[name] = offset;
    if (kind === "bits64" && count < 0) {
      offsets[`${name}_lo`] = offset;
      offsets[`${name}_hi`] = offset + 4;
    }
  }
  return offsets;
}

type AccessorClass = new (view: DataView, base: number) => Accessor;
const classes = new WeakMap<readonly FieldInfo[], AccessorClass>();

/** The accessors' class of a layout, made at its first use. */
function classOf(layout: Layout): AccessorClass {
  const known = classes.get(layout.fields);
  if (known !== undefined) return known;
  const made = defineClass(layout);
  classes.set(layout.fields, made);
  return made;
}

function defineClass(layout: Layout): AccessorClass {
  let viewFields = 0;
  for (const f of layout.fields) if (isViewField(f)) viewFields++;
  const count = viewFields;
  class StructAccessor extends Accessor {
    constructor(view: DataView, base: number) {
      super(view, base, layout, count);
    }
  }
  const { prototype } = StructAccessor;
  let index = 0;
  for (const f of layout.fields) {
    const { name, kind, offset } = f;
    if (isViewField(f)) {
      Object.defineProperty(prototype, name, viewField(index++, f));
    } else if (kind === "bits64") {
      Object.defineProperty(prototype, `${name}_lo`, scalarAt("u32", offset));
      const hi = scalarAt("u32", offset + 4);
      Object.defineProperty(prototype, `${name}_hi`, hi);
    } else {
      Object.defineProperty(prototype, name, scalarAt(kind as Scalar, offset));
    }
  }
  return StructAccessor;
}

function viewField(index: number, field: FieldInfo): PropertyDescriptor {
  return {
    get(this: Accessor) {
      return this.inner(index, field);
    },
    enumerable: true,
  };
}

function isViewField(f: FieldInfo): boolean {
  return f.count >= 0 || f.kind === "struct";
}

function nestedValue(
  outer: Located,
  f: FieldInfo,
): Located | Uint8Array<ArrayBuffer> {
  const { view } = outer;
  const base = outer.base + f.offset;
  if (f.layout !== null) {
    const Class = classOf(f.layout);
    if (f.count < 0) return new Class(view, base);
    const make = () => new Class(view, base);
    return new StructArray(view, base, f.count, f.layout.size, make);
  }
  if (f.kind === "u8") return bytesOf(view, base, f.count);
  if (f.kind === "bits64") return new Bits64Array(view, base, f.count);
  return new ScalarArray(view, base, f.kind as Scalar, f.count);
}

function bytesOf(view: DataView, base: number, size: number) {
  const buffer = view.buffer as ArrayBuffer;
  return new Uint8Array(buffer, view.byteOffset + base, size);
}

function checkFit(layout: Layout, bytes: Uint8Array, offset: number): void {
  if (!(offset >= 0 && offset + layout.size <= bytes.length)) {
    throw new RangeError(
      `${layout.size} bytes at ${offset} do not fit in ${bytes.length}`,
    );
  }
}

function roundUp(n: number, to: number): number {
  return n + (to - n % to) % to;
}
